#include "xen/call/words.h"

#include "base/error.h"
#include "base/text.h"

namespace xen {

Words::Words(const std::vector<std::string>& words, Environment environment)
    : environment_(std::move(environment))
    , text_(base::join(words, " "))
{
    for (const auto& word : words) {
        const auto equals = word.find('=');
        if (equals == std::string::npos && command_.empty())
            command_ = word;
        else if (equals != std::string::npos && equals > 0)
            assignments_[word.substr(0, equals)] = word.substr(equals + 1);
    }
}

std::optional<std::string> Words::find_word(const std::string& name) const
{
    const auto found = assignments_.find(name);
    return found == assignments_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> Words::find(const std::string& name) const
{
    if (auto value = find_word(name))
        return value;
    const char* const value = environment_(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
}

std::string Words::need(const std::string& name) const
{
    const auto value = find(name);
    if (!value)
        throw base::UsageError(name + " is not set: give it in the environment or as " + name + "=...");
    if (value->empty())
        throw base::UsageError(name + " is empty");
    return *value;
}

} // namespace xen
