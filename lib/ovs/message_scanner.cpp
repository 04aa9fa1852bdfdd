#include "ovs/message_scanner.h"

#include "base/error.h"

namespace ovs {

namespace {

bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

} // namespace

void MessageScanner::add(std::string_view bytes)
{
    pending_.append(bytes);
}

// Looks on until a message ends; false if more bytes are needed.
bool MessageScanner::finish_message()
{
    while (looked_at_ < pending_.size()) {
        const char c = pending_[looked_at_++];
        if (in_string_) {
            in_string_ = c != '"' || escaped_;
            escaped_ = c == '\\' && !escaped_;
            continue;
        }
        if (c == '"')
            in_string_ = true;
        else if (c == '{' || c == '[')
            ++depth_;
        else if ((c == '}' || c == ']') && --depth_ == 0)
            return true;
    }
    return false;
}

std::optional<std::string> MessageScanner::next()
{
    if (looked_at_ == 0) {
        std::size_t blanks = 0;
        while (blanks < pending_.size() && is_blank(pending_[blanks]))
            ++blanks;
        pending_.erase(0, blanks);
        if (!pending_.empty() && pending_.front() != '{')
            throw base::Error("what came is no message of OVSDB");
    }
    const bool whole = finish_message();
    if (looked_at_ > longest)
        throw base::Error("the answer is longer than " + std::to_string(longest) + " bytes");
    if (!whole)
        return std::nullopt;
    auto message = pending_.substr(0, looked_at_);
    pending_.erase(0, looked_at_);
    looked_at_ = 0;
    return message;
}

} // namespace ovs
