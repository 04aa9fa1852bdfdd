#include "base/error.h"

#include <cstring>

namespace base {

namespace {

std::string sentence(int code, const std::string& doing, const std::string& kernel_says)
{
    const std::string reason = doing + ": " + std::strerror(code);
    return kernel_says.empty() ? reason : reason + " (" + kernel_says + ")";
}

} // namespace

SystemError::SystemError(int errno_code, const std::string& doing, const std::string& kernel_says)
    : Error(sentence(errno_code, doing, kernel_says))
    , code(errno_code)
{ }

} // namespace base
