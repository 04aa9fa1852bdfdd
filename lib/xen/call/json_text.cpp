#include "xen/call/json_text.h"

#include "base/error.h"
#include "base/text.h"

#include <algorithm>
#include <iterator>

namespace xen {

namespace {

using nlohmann::json;

// Lets the parser read a text, and us see how far it has come.
class Cursor {
public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    Cursor(const char* at, std::size_t* consumed)
        : at_(at)
        , consumed_(consumed)
    { }
    reference operator*() const { return *at_; }
    Cursor& operator++()
    {
        ++at_;
        ++*consumed_;
        return *this;
    }
    Cursor operator++(int)
    {
        const auto before = *this;
        ++*this;
        return before;
    }
    bool operator==(const Cursor& other) const { return at_ == other.at_; }

private:
    const char* at_;
    std::size_t* consumed_;
};

} // namespace

// Hears of every key and value as the parser comes to it, and notes where that is.
struct JsonText::Reader final : json::json_sax_t {
    struct Level {
        json::json_pointer path;
        bool is_list = false;
        std::size_t next = 0; // element of a list
        std::string key = {}; // member of an object
    };

    JsonText& owner;
    const std::string& text;
    std::size_t consumed = 0;
    std::vector<Level> levels = {};

    Reader(JsonText& of, const std::string& content)
        : owner(of)
        , text(content)
    { }

    json::json_pointer path() const
    {
        if (levels.empty())
            return json::json_pointer();
        const auto& top = levels.back();
        return top.is_list ? top.path / top.next : top.path / top.key;
    }

    // A member's place is its key's, an element's its own.
    bool value(std::size_t length)
    {
        owner.places_.try_emplace(
            path().to_string(), owner.place_of(consumed - std::min(consumed, length), text));
        if (!levels.empty() && levels.back().is_list)
            ++levels.back().next;
        return true;
    }
    bool enter(bool is_list)
    {
        const auto here = path();
        value(1);
        levels.push_back({here, is_list});
        return true;
    }
    bool leave()
    {
        levels.pop_back();
        return true;
    }

    bool key(string_t& name) override
    {
        levels.back().key = name;
        const auto quote = text.rfind('"', consumed - 2);
        const auto place = owner.place_of(quote == std::string::npos ? consumed : quote, text);
        if (!owner.places_.try_emplace(path().to_string(), place).second)
            throw base::Error(place + ": the key " + base::quoted(name) + " is there twice");
        return true;
    }
    bool null() override { return value(4); }
    bool boolean(bool is_true) override { return value(is_true ? 4 : 5); }
    bool number_integer(number_integer_t) override { return value(1); }
    bool number_unsigned(number_unsigned_t) override { return value(1); }
    bool number_float(number_float_t, const string_t& digits) override { return value(digits.size()); }
    bool string(string_t& content) override { return value(content.size() + 2); }
    bool binary(binary_t&) override { return true; }
    bool start_object(std::size_t) override { return enter(false); }
    bool end_object() override { return leave(); }
    bool start_array(std::size_t) override { return enter(true); }
    bool end_array() override { return leave(); }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override
    {
        const std::string words = error.what(); // "[json.exception...] parse error at line 1, column 2: ..."
        throw base::Error(owner.file_ + ": " + words.substr(words.find(']') + 2));
    }
};

JsonText::JsonText(const std::string& text, std::string file)
    : file_(std::move(file))
{
    Reader reader(*this, text);
    const Cursor begin(text.data(), &reader.consumed);
    const Cursor end(text.data() + text.size(), &reader.consumed);
    constexpr bool to_the_end = true;
    constexpr bool with_comments = true;
    json::sax_parse(begin, end, &reader, json::input_format_t::json, to_the_end, with_comments);
    value_ = json::parse(text, nullptr, true, with_comments);
}

std::string JsonText::place_of(std::size_t offset, const std::string& text) const
{
    const auto before = std::string_view(text).substr(0, offset);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto line_start = before.rfind('\n');
    const auto column = line_start == std::string_view::npos ? offset + 1 : offset - line_start;
    return file_ + ":" + std::to_string(line) + ":" + std::to_string(column);
}

void JsonText::refuse(const json::json_pointer& place, const std::string& reason) const
{
    const auto found = places_.find(place.to_string());
    throw base::Error((found == places_.end() ? file_ : found->second) + ": " + reason);
}

} // namespace xen
