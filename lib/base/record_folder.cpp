#include "base/record_folder.h"

#include "base/error.h"
#include "base/file.h"
#include "base/text.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <new>

namespace base {

namespace {

constexpr std::size_t largest_record = std::size_t{16} << 20;

// FNV-1a, against accidents and not against malice: who may write here may do anything.
std::string checksum(std::string_view text)
{
    constexpr std::string_view hex = "0123456789abcdef";
    std::uint64_t sum = 0xcbf29ce484222325;
    for (const char c : text)
        sum = (sum ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    std::string digits;
    for (int shift = 60; shift >= 0; shift -= 4)
        digits += hex[sum >> shift & 15];
    return digits;
}

// JSON around JSON, so that any tool can show it.
std::string enveloped(std::string_view text, std::string_view owner)
{
    return "{\"network_namespace\": \"" + std::string(owner) + "\", \"checksum\": \"" + checksum(text)
        + "\", \"record\":\n" + std::string(text) + "\n}\n";
}

struct Opened {
    std::string owner;
    std::string text;
};

// Blanks may go before it, where a longer one was before. Throws Error if it is none.
Opened opened(std::string_view content)
{
    content.remove_prefix(std::min(content.find_first_not_of(' '), content.size()));
    constexpr std::string_view before_owner = "{\"network_namespace\": \"";
    constexpr std::string_view end = "\n}\n";
    const auto line = content.find('\n');
    const auto quote = content.find('"', before_owner.size());
    if (!content.starts_with(before_owner) || !content.ends_with(end) || quote > line
        || line + end.size() >= content.size())
        throw Error("it is cut off, or none of ours");
    Opened envelope{std::string(content.substr(before_owner.size(), quote - before_owner.size())),
        std::string(content.substr(line + 1, content.size() - line - 1 - end.size()))};
    if (enveloped(envelope.text, envelope.owner) != content)
        throw Error("its checksum is wrong");
    return envelope;
}

std::string spare_of(const std::string& path)
{
    return path + ":spare";
}

UniqueFd open_for_writing(const std::string& path, int flags)
{
    return UniqueFd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW | flags, 0600));
}

// Where the file system cannot do it (EOPNOTSUPP), there is none.
void reserve(const std::string& path, std::size_t size)
{
    const auto fd = open_for_writing(path, O_CREAT);
    if (!fd)
        throw SystemError(errno, "creating " + path);
    if (::fallocate(fd.get(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(size)) != 0 && errno != EOPNOTSUPP)
        throw SystemError(errno, "reserving room for " + path);
}

// Into what is there, so that no room is needed but what it has, and as long as that: to shorten it would
// give room away. False if there is no spare, or it can not be written.
bool write_into(const std::string& path, std::string_view content)
{
    const auto fd = open_for_writing(path, 0);
    struct stat status { };
    if (!fd || ::fstat(fd.get(), &status) != 0)
        return false;
    const auto old = static_cast<std::size_t>(status.st_size);
    std::string padded(old > content.size() ? old - content.size() : 0, ' ');
    padded += content;
    for (std::size_t done = 0; done < padded.size();) {
        const auto written =
            ::pwrite(fd.get(), padded.data() + done, padded.size() - done, static_cast<off_t>(done));
        if (written < 0 && errno != EINTR)
            return false;
        done += written > 0 ? static_cast<std::size_t>(written) : 0;
    }
    return ::fsync(fd.get()) == 0;
}

} // namespace

RecordFolder::RecordFolder(std::string folder, std::string suffix, Tell tell)
    : folder_(std::move(folder))
    , suffix_(std::move(suffix))
    , tell_(std::move(tell))
{ }

// Not looked for before it is needed: most calls of most programs need no record.
const NetworkNamespace& RecordFolder::ours() const
{
    if (!ours_)
        ours_ = network_namespace();
    return *ours_;
}

std::string RecordFolder::path_of(const std::string& name) const
{
    return folder_ + "/" + name + ours().scope + suffix_;
}

std::vector<std::string> RecordFolder::names() const
{
    const auto end = ours().scope + suffix_;
    std::vector<std::string> names;
    for (const auto& file : names_in(folder_)) {
        const auto name = file.substr(0, file.size() - std::min(end.size(), file.size()));
        if (file.ends_with(end) && !name.empty() && name.find(':') == std::string::npos)
            names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
}

// Nothing if it is another namespace's.
std::optional<std::string> RecordFolder::text_in(const std::string& content) const
{
    auto envelope = opened(content);
    return envelope.owner == ours().id ? std::optional(std::move(envelope.text)) : std::nullopt;
}

bool RecordFolder::read(
    const std::string& name, const std::function<void(const std::string& text)>& parse) const
{
    const auto path = path_of(name);
    std::optional<std::string> before;
    for (;;) {
        const auto content = read_regular_file(path, largest_record);
        if (!content)
            return false;
        try {
            const auto text = text_in(*content);
            if (text)
                parse(*text);
            return text.has_value();
        } catch (const SystemError&) {
            throw;
        } catch (const std::bad_alloc&) { // that is the machine's fault
            throw;
        } catch (const std::exception& error) {
            if (content == before) {
                set_aside(path, error.what());
                return false;
            }
        }
        before = content; // somebody may just have been writing
    }
}

void RecordFolder::set_aside(const std::string& path, const std::string& fault) const
{
    const auto aside = path + ":damaged";
    const bool moved = ::rename(path.c_str(), aside.c_str()) == 0;
    const std::string where = moved
        ? "was set aside as " + aside
        : std::string("stays where it is: ") + SystemError(errno, "renaming it").what();
    tell_("the record " + path + " cannot be trusted and " + where + " (" + printable(fault, 200) + ")");
}

void RecordFolder::replace(const std::string& name, std::string_view text) const
{
    const auto path = path_of(name);
    const auto content = enveloped(text, ours().id);
    const auto spare = spare_of(path);
    if (write_into(spare, content)
        && ::renameat2(AT_FDCWD, spare.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) == 0)
        return;
    make_private_folder(folder_);
    replace_file(path, content);
}

void RecordFolder::replace_and_reserve(
    const std::string& name, std::string_view text, std::size_t largest) const
{
    const auto path = path_of(name);
    const auto room = enveloped(text, ours().id).size() - text.size() + largest;
    const bool is_new = !is_accessible(path, F_OK);
    try {
        replace(name, text);
        for (const auto& file : {path, spare_of(path)})
            reserve(file, room);
    } catch (...) { // the old record stands; a new one without its room must not
        if (is_new)
            remove(name);
        throw;
    }
}

void RecordFolder::remove(const std::string& name) const
{
    const auto path = path_of(name);
    remove_file(path);
    remove_file(spare_of(path));
}

Lock RecordFolder::lock(const std::string& name) const
{
    return Lock(folder_ + "/" + name + ".lock", [this] { return !names().empty(); });
}

} // namespace base
