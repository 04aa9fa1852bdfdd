// Where one message ends and the next begins: OVSDB's stream is JSON objects with nothing between them
// (RFC 7047, section 4).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ovs {

// A message ends where its brackets balance; those within strings do not count. Each byte is looked at once.
class MessageScanner {
public:
    // What we ask for is answered in some hundred bytes for each port asked about.
    static constexpr std::size_t longest = std::size_t{4} << 20;

    // Throws base::Error if a message is longer than `longest`, or is no object.
    void add(std::string_view bytes);

    // The next whole message, if there is one. Throws as add() does.
    std::optional<std::string> next();

private:
    bool finish_message();

    std::string pending_ = {};
    std::size_t looked_at_ = 0;
    std::size_t depth_ = 0;
    bool in_string_ = false;
    bool escaped_ = false;
};

} // namespace ovs
