#include "xen/adoption/xl_conf.h"

#include "base/error.h"
#include "base/text.h"

#include <algorithm>

namespace xen {

namespace {

bool is_name_begin(char c)
{
    return (c >= 'a' && c <= 'z') || c == '_';
}

bool is_name(char c)
{
    return is_name_begin(c) || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

bool is_number(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == 'x';
}

class Parser {
public:
    Parser(std::string_view text, const std::string& file)
        : text_(text)
        , file_(file)
    { }

    std::vector<XlSetting> settings()
    {
        std::vector<XlSetting> found;
        for (skip(true); !at_end(); skip(true)) {
            found.push_back(setting());
            skip(false);
            if (!at_end() && text_[at_] != '\n' && text_[at_] != ';')
                refuse("after the value of " + found.back().name + " comes "
                    + base::quoted(text_.substr(at_, 1)));
        }
        return found;
    }

private:
    bool at_end() const { return at_ >= text_.size(); }

    // Blanks and comments; and ends of lines and statements, where these mean nothing.
    void skip(bool across_lines)
    {
        for (; !at_end(); ++at_) {
            const char c = text_[at_];
            if (c == '#')
                at_ = std::min(text_.find('\n', at_), text_.size()) - 1;
            else if (across_lines && (c == '\n' || c == ';'))
                line_ += c == '\n' ? 1 : 0;
            else if (c != ' ' && c != '\t' && c != '\r')
                return;
        }
    }

    std::string_view take_while(bool (*belongs)(char))
    {
        const auto begin = at_;
        while (!at_end() && belongs(text_[at_]))
            ++at_;
        return text_.substr(begin, at_ - begin);
    }

    XlSetting setting()
    {
        if (!is_name_begin(text_[at_]))
            refuse(base::quoted(text_.substr(at_, 1)) + " begins no setting");
        XlSetting found{std::string(take_while(is_name)), {}, line_};
        skip(false);
        if (!at_end() && text_[at_] == '+')
            ++at_;
        if (at_end() || text_[at_] != '=')
            refuse("there is no \"=\" after " + found.name);
        ++at_;
        skip(false);
        found.value = value();
        return found;
    }

    std::string value()
    {
        if (!at_end() && (text_[at_] == '"' || text_[at_] == '\''))
            return string();
        if (!at_end() && text_[at_] == '[')
            return list();
        if (at_end() || text_[at_] < '0' || text_[at_] > '9')
            refuse("where a value should be is neither a text in quotes, nor a number, nor a list");
        return std::string(take_while(is_number));
    }

    std::string string()
    {
        const char quote = text_[at_++];
        std::string value;
        for (; !at_end() && text_[at_] != quote; ++at_) {
            if (text_[at_] == '\\')
                ++at_;
            if (at_end() || text_[at_] == '\n')
                break;
            value += text_[at_];
        }
        if (at_end() || text_[at_] != quote)
            refuse("a text is not ended by a quote");
        ++at_;
        return value;
    }

    std::string list()
    {
        for (++at_, skip(true); !at_end() && text_[at_] != ']'; skip(true)) {
            if (text_[at_] == '[')
                refuse("a list is within a list");
            value();
            skip(true);
            if (!at_end() && text_[at_] == ',')
                ++at_;
        }
        if (at_end())
            refuse("a list is not ended by \"]\"");
        ++at_;
        return {};
    }

    [[noreturn]] void refuse(const std::string& reason) const
    {
        throw base::Error(file_ + ":" + std::to_string(line_) + ": " + reason);
    }

    std::string_view text_;
    const std::string& file_;
    std::size_t at_ = 0;
    unsigned line_ = 1;
};

} // namespace

std::vector<XlSetting> parse_xl_conf(std::string_view text, const std::string& file)
{
    return Parser(text, file).settings();
}

std::optional<XlSetting> default_vif_script(const std::vector<XlSetting>& settings)
{
    for (const auto* const name : {"vif.default.script", "vifscript"}) { // the older name gives way
        const auto found = std::find_if(
            settings.rbegin(), settings.rend(), [&](const XlSetting& each) { return each.name == name; });
        if (found != settings.rend())
            return *found;
    }
    return std::nullopt;
}

} // namespace xen
