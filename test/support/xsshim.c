/* Lets the real xenstored run on a machine without Xen: preloaded, it answers for the hypervisor.
 *
 * Every domain exists, no interrupt ever comes, a guest's shared page is a page of zeros. A test can let a domain
 * die: touch $XSSHIM_DEAD_DIR/<domid>, then send SIGUSR1, and xenstored goes the way it goes on a real host. */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenevtchn.h>
#include <xengnttab.h>

enum { page_size = 4096, virq_port = 1, dom0_port = 2, first_guest_port = 16 };

static char handle; /* its address stands for every open handle */
static int event_fd = -1;
static int next_port = first_guest_port;

/* --- libxenctrl: which domains there are ----------------------------------------------------------------------- */

static int is_dead(uint32_t domid)
{
    const char *folder = getenv("XSSHIM_DEAD_DIR");
    char path[512];

    if (!folder || snprintf(path, sizeof path, "%s/%u", folder, domid) >= (int)sizeof path)
        return 0;
    return access(path, F_OK) == 0;
}

xc_interface *xc_interface_open(xentoollog_logger *logger, xentoollog_logger *dombuild_logger, unsigned flags)
{
    (void)logger, (void)dombuild_logger, (void)flags;
    return (xc_interface *)&handle;
}

int xc_interface_close(xc_interface *xch)
{
    (void)xch;
    return 0;
}

#ifdef HAVE_XC_DOMAIN_GETINFO
int xc_domain_getinfo(xc_interface *xch, uint32_t first, unsigned count, xc_dominfo_t *info)
{
    (void)xch;
    if (count == 0 || is_dead(first))
        return 0;
    memset(info, 0, sizeof *info);
    info->domid = first;
    return 1;
}
#endif

int xc_domain_getinfo_single(xc_interface *xch, uint32_t domid, xc_domaininfo_t *info)
{
    (void)xch;
    if (is_dead(domid)) {
        errno = ESRCH;
        return -1;
    }
    memset(info, 0, sizeof *info);
    info->domain = (domid_t)domid;
    return 0;
}

/* --- libxenevtchn: interrupts; the only one is the test's SIGUSR1, "a domain has changed" ------------------------ */

static void on_usr1(int signal_number)
{
    const int saved = errno;
    const uint64_t one = 1;

    (void)signal_number;
    if (write(event_fd, &one, sizeof one) < 0) { /* full: an event is pending anyway */
    }
    errno = saved;
}

xenevtchn_handle *xenevtchn_open(struct xentoollog_logger *logger, unsigned flags)
{
    struct sigaction action = { .sa_handler = on_usr1, .sa_flags = SA_RESTART };

    (void)logger, (void)flags;
    event_fd = eventfd(0, EFD_NONBLOCK);
    if (event_fd < 0 || sigaction(SIGUSR1, &action, NULL) < 0)
        return NULL;
    return (xenevtchn_handle *)&handle;
}

xenevtchn_handle *xenevtchn_fdopen(struct xentoollog_logger *logger, int fd, unsigned flags)
{
    (void)fd;
    return xenevtchn_open(logger, flags);
}

int xenevtchn_close(xenevtchn_handle *xce)
{
    (void)xce;
    return 0;
}

int xenevtchn_fd(xenevtchn_handle *xce)
{
    (void)xce;
    return event_fd;
}

xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *xce)
{
    uint64_t events;

    (void)xce;
    return read(event_fd, &events, sizeof events) < 0 ? -1 : virq_port;
}

xenevtchn_port_or_error_t xenevtchn_bind_virq(xenevtchn_handle *xce, unsigned virq)
{
    (void)xce, (void)virq;
    return virq_port;
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *xce, uint32_t domid, evtchn_port_t remote)
{
    (void)xce, (void)remote;
    return domid == 0 ? dom0_port : next_port++;
}

int xenevtchn_notify(xenevtchn_handle *xce, evtchn_port_t port)
{
    (void)xce, (void)port;
    return 0;
}

int xenevtchn_unmask(xenevtchn_handle *xce, evtchn_port_t port)
{
    (void)xce, (void)port;
    return 0;
}

int xenevtchn_unbind(xenevtchn_handle *xce, evtchn_port_t port)
{
    (void)xce, (void)port;
    return 0;
}

/* --- libxengnttab: the page a guest shares with the store --------------------------------------------------------- */

xengnttab_handle *xengnttab_open(struct xentoollog_logger *logger, unsigned flags)
{
    (void)logger, (void)flags;
    return (xengnttab_handle *)&handle;
}

int xengnttab_close(xengnttab_handle *xgt)
{
    (void)xgt;
    return 0;
}

int xengnttab_set_max_grants(xengnttab_handle *xgt, uint32_t count)
{
    (void)xgt, (void)count;
    return 0;
}

void *xengnttab_map_grant_ref(xengnttab_handle *xgt, uint32_t domid, uint32_t ref, int prot)
{
    void *page = mmap(NULL, page_size, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    (void)xgt, (void)domid, (void)ref;
    return page == MAP_FAILED ? NULL : page;
}

int xengnttab_unmap(xengnttab_handle *xgt, void *start, uint32_t count)
{
    (void)xgt;
    return munmap(start, (size_t)count * page_size);
}

/* --- /proc/xen/xsd_port and xsd_kva: how dom0 finds its own page and port ---------------------------------------- */

static int memory_file(const char *text, off_t size)
{
    const int fd = memfd_create("xsshim", 0);

    if (fd < 0)
        return -1;
    if (ftruncate(fd, size) < 0 || pwrite(fd, text, strlen(text), 0) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int open_any(const char *path, int flags, mode_t mode)
{
    if (strcmp(path, "/proc/xen/xsd_port") == 0)
        return memory_file("2", 1);
    if (strcmp(path, "/proc/xen/xsd_kva") == 0)
        return memory_file("", page_size);
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

static mode_t mode_of(int flags, va_list rest)
{
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
}

int open(const char *path, int flags, ...)
{
    va_list rest;

    va_start(rest, flags);
    const mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_any(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list rest;

    va_start(rest, flags);
    const mode_t mode = mode_of(flags, rest);
    va_end(rest);
    return open_any(path, flags | O_LARGEFILE, mode);
}
