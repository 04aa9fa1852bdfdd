// What "dom0net enable" has put in place of files of Xen's, so that it can be told from what others put
// there, and given back: /var/lib/dom0net/enabled.json.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace xen {

struct HandedFile {
    std::string path; // on the host, without the root
    bool is_line = false; // a line in it is ours, not the file
    std::optional<std::string> stock = {}; // the fingerprint of what was there; nothing if nothing was
    // Of what we have put there, the newest first: who was killed in between may have left one that is older.
    std::vector<std::string> ours = {};

    bool operator==(const HandedFile&) const = default;
};

struct AdoptionRecord {
    bool names = false; // those in /etc/xen/scripts too
    std::vector<HandedFile> files = {};

    const HandedFile* find(const std::string& path) const;
    bool operator==(const AdoptionRecord&) const = default;
};

std::string to_json_text(const AdoptionRecord&);

// Throws base::Error where it makes no sense.
AdoptionRecord parse_adoption_record(const std::string& text, const std::string& file);

} // namespace xen
