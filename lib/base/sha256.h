// SHA-256 (FIPS 180-4): a digest that an administrator can compare with that of sha256sum(1).
#pragma once

#include <string>
#include <string_view>

namespace base {

// In hexadecimal digits.
std::string sha256(std::string_view content);

} // namespace base
