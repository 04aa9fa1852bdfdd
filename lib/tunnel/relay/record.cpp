#include "tunnel/relay/record.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace tunnel {

namespace {

constexpr std::string_view suffix = ".conf";
constexpr std::string_view ours = "# bridge: ours";

} // namespace

std::optional<std::vector<std::string>> words_in_file(const std::string& path)
{
    const auto text = base::read_file(path);
    if (!text)
        return std::nullopt;
    std::vector<std::string> words;
    for (const auto& line : base::split(*text, '\n'))
        if (const auto word = base::trim(line); !word.empty() && word.front() != '#')
            words.emplace_back(word);
    return words;
}

Records::Records()
{
    const auto* const folder = std::getenv("DOM0NET_TUNNEL_RUN");
    folder_ = folder != nullptr ? folder : "/run/dom0net/tunnel";
}

base::UniqueFd Records::lock() const
{
    base::make_folder(folder_);
    base::UniqueFd fd(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || ::flock(fd.get(), LOCK_EX) != 0)
        throw base::SystemError(errno, "locking " + folder_);
    return fd;
}

std::optional<Record> Records::find(const std::string& name) const
{
    const auto words = words_in_file(file(name));
    if (!words)
        return std::nullopt;
    try {
        const bool bridge_is_ours = base::read_file(file(name))->find(ours) != std::string::npos;
        return Record{Config::parse(*words, true), bridge_is_ours};
    } catch (const base::UsageError& error) { // it is the file that is at fault here, not the caller
        throw base::Error(file(name) + ": " + error.what());
    }
}

std::vector<std::string> Records::names() const
{
    std::vector<std::string> names;
    for (const auto& entry : base::names_in(folder_))
        if (entry.ends_with(suffix))
            names.push_back(entry.substr(0, entry.size() - suffix.size()));
    return names;
}

void Records::save(const Record& record, const User& owner) const
{
    const auto& name = record.config.name;
    std::string text = record.bridge_is_ours ? std::string(ours) + "\n" : std::string();
    for (const auto& word : to_words(record.config))
        text += word + "\n";
    base::replace_file(file(name), text);
    const auto folder = folder_ + "/" + name;
    base::make_folder(folder);
    for (auto above = folder_; above.starts_with("/run/dom0net"); above = base::folder_of(above))
        base::let_pass(above); // the relay has no rights of root's
    if (::chmod(file(name).c_str(), 0644) != 0 || ::chown(folder.c_str(), owner.uid, owner.gid) != 0)
        throw base::SystemError(errno, "giving " + folder + " to " + owner.name);
}

void Records::remove(const std::string& name) const
{
    base::remove_file(socket(name));
    ::rmdir((folder_ + "/" + name).c_str());
    base::remove_file(file(name));
}

} // namespace tunnel
