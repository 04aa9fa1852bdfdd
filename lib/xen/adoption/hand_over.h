// Hands the wiring of guests over to our programs, and back: xl.conf's vif.default.script, which survives the
// updates of all distributions; and, where it is asked for, the names in /etc/xen/scripts, because libvirt
// knows nothing else.
//
// H1  What can be known beforehand is: before the first change all that is to be put in place is whole and on
// the disk,
//     beside what it replaces.
// H2  Every file is the old one or the new one at any time (rename(2)).
// H3  The record is there before the first change. So whoever was killed at any moment: enable() again ends
// it, and
//     disable() takes all of it back.
// H4  disable() puts back the very file that was there; or, if that has been changed since (xl.conf), takes
// away our line
//     only. It needs no room where nothing was changed.
// H5  A file that is neither ours nor the one that we saved is a new one of Xen's package: enable() and
// again() save that
//     one, disable() leaves it.
#pragma once

#include "xen/adoption/kept_file.h"
#include "xen/adoption/record.h"

#include <string>
#include <vector>

namespace xen {

struct HandOverOptions {
    bool names = false; // those in /etc/xen/scripts too; of disable: those only
    bool dry_run = false;
};

// Where this build's programs are installed.
std::string installed_programs();

class HandOver {
public:
    // All paths are below the root ("" for that of the process), as is the folder of our programs.
    explicit HandOver(std::string root = {}, std::string programs = installed_programs());

    // Each returns what there is to say. Each throws base::Error, with everything as it was.
    std::string enable(const HandOverOptions&) const;
    std::string disable(const HandOverOptions&) const;

    // What a package's trigger calls: puts back what an update of Xen, or of ours, has made old. Nothing, and
    // nothing to say, where nothing was enabled.
    std::string again() const;

private:
    // What a file is to be.
    struct Wanted {
        std::string path;
        bool is_line = false;
        std::string link = {}; // a link to this; if it is empty, a file
        std::string content = {};
    };
    struct Change;

    KeptFile file(const std::string& path) const { return KeptFile(root_ + path); }
    std::string read(const std::string& path) const;
    AdoptionRecord record() const;
    void need_folders(bool names) const;
    bool is_ours(const HandedFile*, const std::optional<std::string>& fingerprint) const;

    std::vector<Wanted> wanted(bool names) const;
    std::optional<Wanted> wanted_xl_conf() const;
    Wanted wanted_name(const std::string& name, bool copied) const;
    std::vector<Wanted> wanted_profiles() const;
    std::vector<std::string> profiles() const;
    std::string xends_program() const;
    std::string program_for(const std::string& script, const std::string& place) const;

    std::vector<Change> changes(const AdoptionRecord& before, const std::vector<Wanted>&) const;
    AdoptionRecord recorded(const AdoptionRecord& before, bool names, const std::vector<Change>&) const;
    void put_in_place(std::vector<Change>&, const AdoptionRecord& before, const AdoptionRecord& after) const;
    std::string hand_over(const HandOverOptions&) const;
    void give_back(const HandedFile&) const;
    void take_line_away(const HandedFile&) const;
    void write(const AdoptionRecord&) const;
    void forget_record() const;
    std::string advice(bool names) const;

    std::string root_;
    std::string programs_;
};

} // namespace xen
