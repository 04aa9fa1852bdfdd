#include "xen/adoption/hand_over.h"

#include "base/error.h"
#include "base/file.h"
#include "base/lock.h"
#include "base/text.h"
#include "xen/adoption/our_line.h"
#include "xen/call/paths.h"

#include <unistd.h>

#include <algorithm>
#include <map>

namespace xen {

namespace {

constexpr const char* state_folder = "/var/lib/dom0net";
constexpr const char* record_path = "/var/lib/dom0net/enabled.json";
constexpr const char* nothing_enabled = "Nothing to do: nothing is enabled.\n";
constexpr std::size_t most_generations = 8; // of our own files, should every renewal be killed

// Our folder goes again where nothing is left in it.
class StateFolder {
public:
    explicit StateFolder(std::string path)
        : path_(std::move(path))
    { }
    StateFolder(const StateFolder&) = delete;
    StateFolder& operator=(const StateFolder&) = delete;
    ~StateFolder() { ::rmdir(path_.c_str()); }

private:
    std::string path_;
};

std::string lock_path(const std::string& root)
{
    return root + state_folder + "/lock";
}

} // namespace

// A file that is not as it is wanted.
struct HandOver::Change {
    HandedFile handed;
    KeptFile file;
    Wanted wanted;
    bool replaces_ours = false;
    std::optional<base::Draft> draft = {};

    void prepare()
    {
        if (!wanted.link.empty())
            draft.emplace(file.link_draft(wanted.link));
        else if (wanted.is_line)
            draft.emplace(file.draft(wanted.content, 0644));
        else
            draft.emplace(file.new_draft(wanted.content, 0755));
    }

    void carry_out()
    {
        if (!replaces_ours && handed.stock)
            file.save();
        draft->put_in_place();
    }

    // True if the file is as it was, or was ours before.
    bool undo() const
    {
        try {
            if (!replaces_ours && file.fingerprint() == handed.ours.front())
                file.give_back();
            else if (!replaces_ours)
                file.forget();
            return true;
        } catch (const base::Error&) { // the record stays, so that it can be done later
            return false;
        }
    }
};

std::string installed_programs()
{
    return DOM0NET_PROGRAMS;
}

HandOver::HandOver(std::string root, std::string programs)
    : root_(root == "/" ? "" : std::move(root))
    , programs_(std::move(programs))
{ }

std::string HandOver::read(const std::string& path) const
{
    return base::read_regular_file(root_ + path, largest_text).value_or("");
}

AdoptionRecord HandOver::record() const
{
    const auto text = base::read_regular_file(root_ + record_path, largest_text);
    return text ? parse_adoption_record(*text, root_ + record_path) : AdoptionRecord();
}

void HandOver::write(const AdoptionRecord& record) const
{
    base::replace_file(root_ + record_path, to_json_text(record), 0644);
}

void HandOver::forget_record() const
{
    base::remove_file(root_ + record_path);
    base::remove_file(base::Draft::beside(root_ + record_path));
    base::sync_folder_of(root_ + record_path);
}

void HandOver::need_folders(bool names) const
{
    for (const std::string folder : {paths::xen_folder, paths::scripts}) {
        if (folder == paths::scripts && !names)
            continue;
        if (!base::is_accessible(root_ + folder, F_OK))
            throw base::Error("there is no folder " + root_ + folder + ": install Xen's tools first");
        need_trusted(root_ + folder);
    }
}

bool HandOver::is_ours(const HandedFile* handed, const std::optional<std::string>& fingerprint) const
{
    return handed && fingerprint && std::ranges::find(handed->ours, *fingerprint) != handed->ours.end();
}

std::vector<HandOver::Change> HandOver::changes(
    const AdoptionRecord& before, const std::vector<Wanted>& all) const
{
    std::vector<Change> found;
    for (const auto& each : all) {
        const auto kept = file(each.path);
        const auto present = kept.fingerprint();
        const auto* const old = before.find(each.path);
        const auto print = fingerprint_of(each.link, each.content);
        if (present == print)
            continue;
        need_trusted(kept.path());
        HandedFile handed{each.path, each.is_line, present, {print}};
        const bool renewed = is_ours(old, present);
        if (renewed)
            handed.stock = old->stock;
        if (old)
            std::ranges::remove_copy(old->ours, std::back_inserter(handed.ours), print);
        handed.ours.resize(std::min(handed.ours.size(), most_generations));
        found.push_back({std::move(handed), kept, each, renewed});
    }
    return found;
}

// All of it or nothing; only what was ours before, and older, stays renewed.
void HandOver::put_in_place(
    std::vector<Change>& changes, const AdoptionRecord& before, const AdoptionRecord& after) const
{
    try {
        write(after);
        for (auto& change : changes)
            change.prepare();
        for (auto& change : changes)
            change.carry_out();
    } catch (const base::Error&) {
        bool undone = true;
        for (const auto& change : changes)
            undone = change.undo() && undone;
        if (undone && before.files.empty())
            forget_record();
        else if (undone)
            write(before);
        throw;
    }
}

// The files are in the order of their paths, so that disable takes its way whatever came before.
AdoptionRecord HandOver::recorded(
    const AdoptionRecord& before, bool names, const std::vector<Change>& changes) const
{
    std::map<std::string, HandedFile> files;
    for (const auto& each : before.files)
        files.emplace(each.path, each);
    for (const auto& each : changes)
        files.insert_or_assign(each.handed.path, each.handed);
    AdoptionRecord after{names};
    for (auto& [path, handed] : files)
        after.files.push_back(std::move(handed));
    return after;
}

std::string HandOver::hand_over(const HandOverOptions& options) const
{
    const auto before = record();
    const bool names = options.names || before.names;
    need_folders(names);
    const auto all = wanted(names);
    auto found = changes(before, all);
    const auto after = recorded(before, names, found);
    if (found.empty() && after == before)
        return "Nothing to do: it is in place already.\n";
    std::string text;
    for (const auto& change : found)
        text +=
            change.file.path() + (change.handed.is_line ? ": a line is added\n" : ": ours is put in place\n");
    if (!options.dry_run)
        put_in_place(found, before, after);
    return text;
}

std::string HandOver::enable(const HandOverOptions& options) const
{
    if (options.dry_run)
        return hand_over(options);
    const StateFolder folder(root_ + state_folder);
    const base::Lock lock(lock_path(root_));
    const auto words = advice(options.names || record().names);
    return hand_over(options) + words;
}

std::string HandOver::again() const
{
    if (!base::is_accessible(root_ + record_path, F_OK))
        return {};
    const base::Lock lock(lock_path(root_));
    return hand_over({});
}

// A file that is not ours now stays: Xen's package, or somebody, has put it there since.
void HandOver::give_back(const HandedFile& handed) const
{
    const auto kept = file(handed.path);
    if (!base::is_accessible(base::folder_of(kept.path()), F_OK))
        return;
    if (!is_ours(&handed, kept.fingerprint())) {
        if (handed.is_line)
            take_line_away(handed);
        kept.forget();
        return;
    }
    if (handed.stock && !kept.has_saved())
        throw base::Error(kept.saved() + " is gone: reinstall the package that " + kept.path()
            + " belongs to, then run this again");
    kept.give_back();
    if (handed.is_line) // it was not there for the first time when it was saved
        take_line_away(handed);
}

void HandOver::take_line_away(const HandedFile& handed) const
{
    const auto kept = file(handed.path);
    const auto text = read(handed.path);
    const auto rest = without_our_line(text);
    if (rest.empty() && !handed.stock)
        base::remove_file(kept.path());
    else if (rest != text)
        kept.draft(rest, 0644).put_in_place();
}

std::string HandOver::disable(const HandOverOptions& options) const
{
    if (!base::is_accessible(root_ + state_folder, F_OK))
        return nothing_enabled;
    const StateFolder folder(root_ + state_folder);
    const base::Lock lock(lock_path(root_));
    auto rest = record();
    std::string text;
    for (const auto& each : record().files) {
        if (options.names && each.path == paths::xl_conf)
            continue;
        text += root_ + each.path + (options.dry_run ? ": would be given back\n" : ": given back\n");
        if (!options.dry_run)
            give_back(each);
        std::erase(rest.files, each);
    }
    rest.names = false;
    if (options.dry_run)
        return text;
    if (rest.files.empty())
        forget_record();
    else
        write(rest);
    return text.empty() ? nothing_enabled : text;
}

} // namespace xen
