#include "xen/adoption/xend_config.h"

#include "base/error.h"
#include "base/text.h"

#include <map>

namespace xen {

namespace {

constexpr std::string_view blanks = " \t\n\v\f\r";
constexpr std::string_view ends_of_words = "{}()<>[]!;# \t\n\v\f\r";
constexpr char end_of_text = '\4';

bool is_among(char c, std::string_view some)
{
    return some.find(c) != std::string_view::npos;
}

// One value in a list: a text, or a list of its own, whose first text is kept for the attributes that come
// before values.
struct Value {
    bool is_list = false;
    std::string text;
};

struct Entry {
    unsigned line = 0;
    std::vector<Value> values = {};
};

class Reader {
public:
    Reader(std::string_view text, const std::string& file)
        : text_(text)
        , file_(file)
    { }

    // Each list of the outermost level.
    std::vector<Entry> entries()
    {
        for (skip_blanks(); !at_end(); skip_blanks())
            read_token();
        if (depth_ > 0)
            refuse("the list that begins in line " + std::to_string(entries_.back().line)
                + " is not ended by \")\"");
        return std::move(entries_);
    }

private:
    bool at_end() const { return at_ >= text_.size(); }

    char next()
    {
        line_ += text_[at_] == '\n' ? 1 : 0;
        return text_[at_++];
    }

    void skip_blanks()
    {
        while (!at_end() && (text_[at_] == '#' || is_among(text_[at_], blanks)))
            if (next() == '#')
                while (!at_end() && text_[at_] != '\n')
                    ++at_;
    }

    void read_token()
    {
        const char c = text_[at_];
        if (c == '(')
            begin_list();
        else if (c == ')')
            end_list();
        else if (c == '"' || c == '\'')
            add({false, string()});
        else if (c == end_of_text)
            at_ = text_.size();
        else if (c < ' ' || c == '\x7f') // what is not ASCII is less than a blank, too
            refuse("here is " + base::quoted(text_.substr(at_, 1))
                + ", which can be in a comment or in quotes only");
        else
            add({false, word()});
    }

    void begin_list()
    {
        if (depth_ == deepest_xend_config)
            refuse("lists are nested deeper than " + std::to_string(deepest_xend_config));
        if (depth_ == 0)
            entries_.push_back({line_});
        else
            add({true, {}});
        ++depth_;
        next();
    }

    void end_list()
    {
        if (depth_ == 0)
            refuse("\")\" ends no list");
        --depth_;
        next();
    }

    // What is deeper says nothing to us, but whether a list begins with "@".
    void add(Value value)
    {
        if (depth_ == 1)
            entries_.back().values.push_back(std::move(value));
        else if (depth_ == 2 && entries_.back().values.back().text.empty())
            entries_.back().values.back().text = std::move(value.text);
    }

    std::string word()
    {
        std::string found(1, next());
        while (!at_end() && !is_among(text_[at_], ends_of_words))
            found += next();
        return found;
    }

    std::string string()
    {
        const auto begin = line_;
        const char quote = next();
        std::string found;
        while (!at_end() && text_[at_] != quote)
            if (const char c = next(); c == '\\')
                escape(found);
            else
                found += c;
        if (at_end())
            refuse("the text in quotes that begins in line " + std::to_string(begin) + " is not ended");
        next();
        return found;
    }

    void escape(std::string& found)
    {
        static const std::map<char, char> known{{'a', '\a'}, {'b', '\b'}, {'t', '\t'}, {'n', '\n'},
            {'v', '\v'}, {'f', '\f'}, {'r', '\r'}, {'\\', '\\'}, {'\'', '\''}, {'"', '"'}};
        if (at_end())
            return;
        if (is_among(text_[at_], "01234567")) {
            found += character(3, 8);
            return;
        }
        const char c = next();
        if (const auto plain = known.find(c); plain != known.end())
            found += plain->second;
        else if (c == 'x')
            found += character(2, 16);
        else
            found += '\\'; // and no more: so did xend
    }

    char character(std::size_t most_digits, unsigned base)
    {
        constexpr std::string_view digits = "0123456789abcdef";
        unsigned value = 0;
        std::size_t count = 0;
        for (; count < most_digits && !at_end(); ++count, ++at_) {
            const char c =
                text_[at_] >= 'A' && text_[at_] <= 'F' ? static_cast<char>(text_[at_] + 32) : text_[at_];
            const auto digit = digits.find(c);
            if (digit >= base) // not one at all, too
                break;
            value = value * base + static_cast<unsigned>(digit);
        }
        if (count == 0 || value > 0xff)
            refuse("the number after a backslash is no character");
        return static_cast<char>(value);
    }

    [[noreturn]] void refuse(const std::string& reason) const
    {
        throw base::Error(file_ + ":" + std::to_string(line_) + ": " + reason);
    }

    std::string_view text_;
    const std::string& file_;
    std::size_t at_ = 0;
    unsigned line_ = 1;
    std::size_t depth_ = 0;
    std::vector<Entry> entries_ = {};
};

// The values behind the name, and behind attributes if there are some.
std::vector<Value> values_of(const Entry& entry)
{
    auto begin = entry.values.begin() + 1;
    if (begin != entry.values.end() && begin->is_list && begin->text == "@")
        ++begin;
    return {begin, entry.values.end()};
}

void take(std::optional<XendScript>& script, const Entry& entry, const std::string& file, XendConfig& config)
{
    const auto& name = entry.values.front().text;
    const auto place = file + ":" + std::to_string(entry.line) + ": ";
    const auto values = values_of(entry);
    if (script) {
        config.remarks.push_back(place + "ignoring another " + name + ", as xend did: the first one counts");
        return;
    }
    if (!values.empty() && values.front().is_list)
        throw base::Error(place + "the value of " + name + " is a list");
    script = {values.empty() ? "" : values.front().text, entry.line};
    if (values.size() > 1)
        config.remarks.push_back(place + "ignoring all that comes after " + base::quoted(script->text)
            + ", as xend did: put the script and its words between two quotes");
}

} // namespace

XendConfig parse_xend_config(std::string_view text, const std::string& file)
{
    XendConfig config;
    for (const auto& entry : Reader(text, file).entries()) {
        if (entry.values.empty() || entry.values.front().is_list)
            continue;
        if (entry.values.front().text == "network-script")
            take(config.network_script, entry, file, config);
        else if (entry.values.front().text == "vif-script")
            take(config.vif_script, entry, file, config);
    }
    for (auto* const script : {&config.network_script, &config.vif_script})
        if (*script && (*script)->text.empty()) // as if it were not there
            script->reset();
    return config;
}

} // namespace xen
