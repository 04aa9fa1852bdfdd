// The command line of Xen's scripts: plain words and NAME=VALUE words in any order, and the
// environment behind them. Nothing is ever evaluated: "$(reboot)" is nine characters.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace xen {

// std::getenv, or a test's own.
using Environment = std::function<const char*(const char* name)>;

class Words {
public:
    // The first word without '=' is the command; later plain words, and words that begin with
    // '=', are ignored. Of two assignments to one name the later wins.
    Words(const std::vector<std::string>& words, Environment environment);

    const std::string& command() const { return command_; } // empty if there was none

    // From the command line, else from the environment, else nothing.
    std::optional<std::string> find(const std::string& name) const;

    // As find(), but from the command line alone.
    std::optional<std::string> find_word(const std::string& name) const;

    // As find(), but empty counts as absent; throws UsageError if there is none.
    std::string need(const std::string& name) const;

    // All of them with blanks between, as they came.
    const std::string& text() const { return text_; }

private:
    std::string command_;
    std::map<std::string, std::string> assignments_;
    Environment environment_;
    std::string text_;
};

} // namespace xen
