// Three places to tell what happens: syslog (facility daemon), a log file, and for errors stderr.
#pragma once

#include "base/unique_fd.h"

#include <string>
#include <string_view>

namespace base {

class Log {
public:
    // `program` begins every line. A log file that cannot be opened (its folder is missing, say)
    // is gone without; an empty path means none.
    explicit Log(std::string program, const std::string& file = {});

    void debug(std::string_view text);
    void error(std::string_view text);

private:
    void write(int priority, std::string_view text);

    std::string program_;
    UniqueFd file_;
};

} // namespace base
