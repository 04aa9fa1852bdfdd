// Where Xen's and our own files are.
#pragma once

namespace xen::paths {

inline constexpr const char* hotplug_log = "/var/log/xen/xen-hotplug.log";
inline constexpr const char* xen_folder = "/etc/xen";
inline constexpr const char* scripts = "/etc/xen/scripts";
inline constexpr const char* xl_conf = "/etc/xen/xl.conf";
inline constexpr const char* xend_config = "/etc/xen/xend-config.sxp";
inline constexpr const char* hooks = "/etc/xen/scripts/vif-post.d";
inline constexpr const char* configuration = "/etc/xen/dom0net.json";
inline constexpr const char* run = "/run/dom0net";
inline constexpr const char* filters = "/run/dom0net/filters";
inline constexpr const char* turns = "/run/dom0net/turns.lock";

} // namespace xen::paths
