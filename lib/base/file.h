// Small files: settings under /proc and /sys, and our own records.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct stat;

namespace base {

// More than any file that we read has; what has more is refused, not read to its end.
constexpr std::size_t largest_file = std::size_t{64} << 20;

// The whole file, or nothing if it is not there (ENOENT; whatever else keeps it from being read throws
// SystemError). Throws Error if it has more than `largest` bytes.
std::optional<std::string> read_file(const std::string& path, std::size_t largest = largest_file);

// The same for a file that people or programs put there: Error if it is a device, a pipe or a folder, without
// waiting for what a pipe may bring.
std::optional<std::string> read_regular_file(const std::string& path, std::size_t largest = largest_file);

// Whether access(2) grants it. What keeps it from being known is a SystemError, not a "no".
bool is_accessible(const std::string& path, int mode);

// Whether somebody besides root (and us) may change what stat(2) has told of: as its owner, or by its mode.
bool others_may_write(const struct stat&);

// Writes into an existing file in a single write(2), as procfs wants it. Throws SystemError.
void write_file(const std::string& path, std::string_view content);

// Writes all of it. Throws SystemError, which names the path.
void write_all(int fd, std::string_view content, const std::string& path);

// Puts a file in place whole or not at all, and onto the disk before it returns (base/draft.h). Throws
// SystemError.
void replace_file(const std::string& path, std::string_view content, unsigned mode = 0600);

// The same for a file that is somebody else's: what a symbolic link leads to is replaced, not the
// link, and owner and mode stay. Throws SystemError, as where there is no such file.
void rewrite_file(const std::string& path, std::string_view content);

// No error if it is not there. Throws SystemError.
void remove_file(const std::string& path);

// The names in a folder, sorted, without "." and ".."; none if there is no such folder. Throws SystemError.
std::vector<std::string> names_in(const std::string& folder);

// Makes the folder and those above it as far as they are missing. Throws SystemError.
void make_folder(const std::string& path, unsigned mode = 0755);

// A folder for root alone, mode 0700: what nobody else can open, nobody else can lock (flock(2) needs no
// right to write). One that others may only pass through (let_pass()) stays so. Throws SystemError.
void make_private_folder(const std::string& path);

// Lets others pass through a private folder to what lies in it and is theirs, without their listing or
// locking it.
void let_pass(const std::string& folder);

// The folder that a path lies in.
std::string folder_of(const std::string& path);

} // namespace base
