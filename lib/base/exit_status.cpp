#include "base/exit_status.h"

#include "base/error.h"

namespace base {

int exit_status_of(const std::function<int()>& body, Log& log) noexcept
{
    try {
        return body();
    } catch (const UsageError& error) {
        log.error(error.what());
        return used_wrongly;
    } catch (const std::exception& error) {
        log.error(error.what());
        return failed;
    }
}

} // namespace base
