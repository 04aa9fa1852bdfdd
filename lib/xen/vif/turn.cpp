#include "xen/vif/turn.h"

#include "base/error.h"
#include "base/file.h"
#include "xen/call/invocation.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <thread>

namespace xen {

namespace {

using SlotName = std::array<char, 24>;

// What the file holds of an interface. Vif and emulated card have one each, and share the lock of the two.
struct Slot {
    SlotName device = {};
    std::int64_t began = 0;
};

constexpr std::int64_t pairs_of_one_domain = 8;
constexpr std::int64_t numbered_domains = 1 << 16;
constexpr std::int64_t other_pairs = 1 << 10;
constexpr std::int64_t size_of_slot = sizeof(Slot);
constexpr std::int64_t size_of_pair = 2 * size_of_slot;

// Two interfaces may share a place; then they wait for each other, no more.
std::int64_t place_of_pair(const std::string& device)
{
    const auto id = vif_id_of(device);
    const auto pair = id && id->domain < numbered_domains
        ? id->domain * pairs_of_one_domain + id->device % pairs_of_one_domain
        : numbered_domains * pairs_of_one_domain
            + static_cast<std::int64_t>(std::hash<std::string>()(device) % other_pairs);
    return pair * size_of_pair;
}

std::int64_t place_of(const std::string& device)
{
    const bool is_tap = device.ends_with("-emu") || device.starts_with("tap");
    return place_of_pair(device) + (is_tap ? size_of_slot : 0);
}

SlotName slot_name(const std::string& device)
{
    SlotName name{};
    std::copy_n(device.begin(), std::min(device.size(), name.size()), name.begin());
    return name;
}

struct flock lock_of(std::int64_t begin, std::int64_t length)
{
    struct flock range { };
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    range.l_start = begin;
    range.l_len = length;
    return range;
}

std::int64_t nanoseconds(Turn::Clock::time_point when)
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch()).count();
}

base::UniqueFd open_turns(const std::string& file)
{
    const auto open = [&] {
        return base::UniqueFd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    };
    auto fd = open();
    if (!fd && errno == ENOENT) {
        base::make_folder(file.substr(0, file.rfind('/')));
        fd = open();
    }
    if (!fd)
        throw base::SystemError(errno, "opening " + file);
    return fd;
}

[[noreturn]] void refuse_to_wait_longer(int fd, struct flock range, const std::string& whom)
{
    const bool known = ::fcntl(fd, F_GETLK, &range) == 0 && range.l_type != F_UNLCK;
    throw base::Error("another call for " + whom + " has not come to its end"
        + (known ? " (process " + std::to_string(range.l_pid) + ")" : "")
        + ": see what it waits for, and end it");
}

// A lock of the process, not of the open file: no child has it, however long it lives, and the kernel knows
// who does.
void wait_for(int fd, struct flock range, Turn::Clock::time_point deadline, const std::string& whom)
{
    constexpr std::chrono::milliseconds longest_pause{16};
    std::chrono::milliseconds pause{1};
    while (::fcntl(fd, F_SETLK, &range) != 0) {
        if (errno != EAGAIN && errno != EACCES && errno != EINTR)
            throw base::SystemError(errno, "waiting for other calls for " + whom);
        if (Turn::Clock::now() >= deadline)
            refuse_to_wait_longer(fd, range, whom);
        std::this_thread::sleep_for(pause);
        pause = std::min(2 * pause, longest_pause);
    }
}

} // namespace

Turn::Turn(
    const std::string& file, const net::IfName& device, Clock::time_point began, Clock::time_point deadline)
    : device_(device.str())
    , place_(place_of(device_))
    , began_(nanoseconds(began))
    , fd_(open_turns(file))
{
    wait_for(fd_.get(), lock_of(place_of_pair(device_), size_of_pair), deadline, device_);
    Slot slot;
    const auto got = ::pread(fd_.get(), &slot, sizeof slot, place_);
    is_overtaken_ = got == size_of_slot && slot.device == slot_name(device_) && slot.began > began_;
}

void Turn::take_effect()
{
    const Slot slot{slot_name(device_), began_};
    if (::pwrite(fd_.get(), &slot, sizeof slot, place_) != size_of_slot)
        throw base::SystemError(errno, "noting that " + device_ + " had its turn");
}

NoTurns::NoTurns(const std::string& file, Turn::Clock::time_point deadline)
    : fd_(open_turns(file))
{
    wait_for(fd_.get(), lock_of(0, 0), deadline, "a guest's interface"); // 0: to the end, wherever that is
}

} // namespace xen
