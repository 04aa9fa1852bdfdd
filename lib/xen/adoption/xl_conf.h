// /etc/xen/xl.conf, as far as it says which program wires guests: what xl reads in it, and the line that we
// add.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xen {

struct XlSetting {
    std::string name;
    std::string value; // of a list: nothing
    unsigned line = 0;

    bool operator==(const XlSetting&) const = default;
};

// Every setting, in the file's order. Throws base::Error "FILE:LINE: REASON" where xl would refuse the file.
std::vector<XlSetting> parse_xl_conf(std::string_view text, const std::string& file);

// What xl takes as the program of a guest that names none; of two settings of one name the later counts.
std::optional<XlSetting> default_vif_script(const std::vector<XlSetting>&);

} // namespace xen
