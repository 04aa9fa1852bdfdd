// One file of Xen's that ours takes the place of, under a root folder: what is there, and the ways there and
// back. The original is kept beside as a hard link, NAME.dom0net-saved, so that what comes back is that very
// file.
#pragma once

#include "base/draft.h"

#include <optional>
#include <string>

namespace xen {

class KeptFile {
public:
    // `path` is the file's, with the root before it.
    explicit KeptFile(std::string path)
        : path_(std::move(path))
    { }

    const std::string& path() const { return path_; }
    std::string saved() const { return path_ + ".dom0net-saved"; }

    // "sha256:..." of a file, "link:..." of a symbolic link; nothing if nothing is there. Throws SystemError,
    // and base::Error if it is neither, or too large.
    std::optional<std::string> fingerprint() const;
    bool has_saved() const;

    // A draft with the mode and owner that the file has, else `mode` and ours.
    base::Draft draft(std::string_view content, unsigned mode) const;
    // Likewise, but always with the mode, and ours.
    base::Draft new_draft(std::string_view content, unsigned mode) const;
    base::Draft link_draft(const std::string& target) const;

    // What is there becomes the saved one, in place of an older one. It stays where it is, too.
    void save() const;

    // The saved one takes its place; or nothing does, if there is none.
    void give_back() const;

    // Removes the saved one, and what is left of one who was killed.
    void forget() const;

private:
    std::string path_;
};

// Throws base::Error if somebody besides root may change the file, or what the link leads to; not if it is
// not there.
void need_trusted(const std::string& path);

// That of a link to `link`; or, if that is empty, of a file with this content.
std::string fingerprint_of(const std::string& link, std::string_view content);

inline constexpr std::size_t largest_text = std::size_t{1} << 20;

} // namespace xen
