// A text with {names} in it.
#pragma once

#include <map>
#include <string>

namespace xen {

// The text with each name's value in its place. Throws base::UsageError for a name that is none of name,
// uuid, domid, devid and mac, and for a brace without its other.
std::string fill_template(const std::string& text, const std::map<std::string, std::string>& values);

} // namespace xen
