#include "xen/call/json_text.h"

#include "base/error.h"
#include "base/text.h"
#include "net/json.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>

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

// Hears of every key and value as the parser comes to it. Complains of what is there twice or too deep, and
// notes where the value is that a path leads to.
struct JsonText::Reader final : json::json_sax_t {
    struct Level {
        bool is_list = false;
        std::size_t next = 0; // element of a list
        std::string key = {}; // member of an object
        std::set<std::string> keys = {};
        std::size_t key_offset = 0;
    };

    const JsonText& owner;
    const Path* wanted;
    std::optional<std::size_t> found = {};
    std::size_t consumed = 0;
    std::vector<Level> levels = {};

    explicit Reader(const JsonText& text, const Path* path = nullptr)
        : owner(text)
        , wanted(path)
    { }

    bool is_wanted() const
    {
        return wanted && std::ranges::equal(levels, *wanted, [](const Level& level, const std::string& step) {
            return level.is_list ? std::to_string(level.next) == step : level.key == step;
        });
    }

    // A member's place is its key's, an element's its own.
    void begin(std::size_t length)
    {
        const bool is_member = !levels.empty() && !levels.back().is_list;
        if (!found && is_wanted())
            found = is_member ? levels.back().key_offset : consumed - std::min(consumed, length);
    }
    bool finish()
    {
        if (!levels.empty() && levels.back().is_list)
            ++levels.back().next;
        return true;
    }
    bool value(std::size_t length)
    {
        begin(length);
        return finish();
    }
    bool enter(bool is_list)
    {
        begin(1);
        if (levels.size() >= net::deepest_json)
            throw base::Error(owner.place_of(consumed - 1) + ": it is nested deeper than "
                + std::to_string(net::deepest_json) + " levels");
        levels.push_back({is_list});
        return true;
    }
    bool leave()
    {
        levels.pop_back();
        return finish();
    }

    bool key(string_t& name) override
    {
        auto& level = levels.back();
        const auto quote = owner.text_.rfind('"', consumed - 2);
        level.key = name;
        level.key_offset = quote == std::string::npos ? consumed : quote;
        if (!level.keys.insert(name).second)
            throw base::Error(
                owner.place_of(level.key_offset) + ": the key " + base::quoted(name) + " is there twice");
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
    bool parse_error(
        std::size_t position, const std::string&, const nlohmann::detail::exception& error) override
    {
        throw base::Error(
            owner.place_of(position - std::min<std::size_t>(position, 1)) + ": " + net::json_fault(error));
    }
};

JsonText::JsonText(std::string text, std::string file)
    : text_(std::move(text))
    , file_(std::move(file))
{
    Reader checking(*this);
    read(checking);
    value_ = json::parse(text_, nullptr, true, true);
}

void JsonText::read(Reader& reader) const
{
    const Cursor begin(text_.data(), &reader.consumed);
    const Cursor end(text_.data() + text_.size(), &reader.consumed);
    constexpr bool to_the_end = true;
    constexpr bool with_comments = true;
    json::sax_parse(begin, end, &reader, json::input_format_t::json, to_the_end, with_comments);
}

std::string JsonText::place_of(std::size_t offset) const
{
    const auto before = std::string_view(text_).substr(0, offset);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const auto line_start = before.rfind('\n');
    const auto column = line_start == std::string_view::npos ? offset + 1 : offset - line_start;
    return file_ + ":" + std::to_string(line) + ":" + std::to_string(column);
}

void JsonText::refuse(const Path& path, const std::string& reason) const
{
    Reader looking(*this, &path);
    read(looking);
    throw base::Error((looking.found ? place_of(*looking.found) : file_) + ": " + reason);
}

} // namespace xen
