// Three places to tell what happens, none of which is waited for: syslog (facility daemon) and, for errors,
// stderr at once; a log file in one piece at the end, since most lines of a short program are not worth a
// write(2) each.
#pragma once

#include "base/syslog.h"

#include <string>
#include <string_view>

namespace base {

class Log {
public:
    // `program` begins every line. A log file that cannot be opened (its folder is missing, say)
    // is gone without; an empty path means none.
    explicit Log(std::string program, std::string file = {});
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    void debug(std::string_view text);
    void error(std::string_view text);

private:
    void write(int priority, std::string_view text);

    std::string program_;
    Syslog syslog_;
    std::string file_;
    std::string lines_ = {}; // for the file
};

} // namespace base
