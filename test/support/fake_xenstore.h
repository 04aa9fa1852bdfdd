// Xen's store as a map, with failures on demand.
#pragma once

#include "base/error.h"
#include "xen/call/xenstore.h"

#include <cerrno>
#include <map>
#include <memory>
#include <string>

namespace test {

// What is left when the program that wrote to it is gone.
struct StoreContent {
    std::map<std::string, std::string> nodes = {};
    bool unreachable = false; // opening fails
    bool fails_to_read = false;
    int commits_that_succeed = -1; // the next commits; then all fail. Negative: all succeed
    std::string refused_path = {}; // a commit that writes it fails
    int commit_error = 0; // errno of those that fail; 0: the store does not answer
    bool goes_when_read = false; // the toolstack takes it all away behind the reader's back
    int opened = 0;
    int reads = 0;
};

class FakeXenstore final : public xen::Xenstore {
public:
    explicit FakeXenstore(StoreContent& content)
        : content_(content)
    {
        ++content_.opened;
        if (content_.unreachable)
            throw base::Error("cannot reach xenstored, is it running?");
    }

    std::optional<std::string> read(const std::string& path) const override
    {
        ++content_.reads;
        if (content_.fails_to_read)
            throw base::Error("reading " + path + " in xenstore: xenstored does not answer");
        const auto node = content_.nodes.find(path);
        return node == content_.nodes.end() ? std::nullopt : std::optional(node->second);
    }

    std::optional<xen::StoreFolder> read_folder(
        const std::string& path, const std::vector<std::string>& keys) const override
    {
        if (!exists(path))
            return std::nullopt;
        xen::StoreFolder folder;
        for (const auto& [node, value] : content_.nodes)
            if (node.starts_with(path + "/"))
                folder.names.push_back(node.substr(path.size() + 1));
        for (const auto& key : keys)
            if (auto value = read(path + "/" + key))
                folder.values[key] = *std::move(value);
        if (content_.goes_when_read)
            content_.nodes.clear();
        return folder;
    }

    std::vector<std::string> commit(
        const std::string& folder, const std::vector<xen::StoreChange>& changes) override
    {
        if (content_.commits_that_succeed == 0)
            fail();
        if (!exists(folder))
            throw base::Error(folder + " is no longer in xenstore");
        const auto is_refused = [&](const xen::StoreChange& each) {
            return each.path == content_.refused_path;
        };
        std::vector<std::string> refused;
        for (const auto& change : changes)
            if (is_refused(change) && change.may_be_refused && content_.commit_error == EACCES)
                refused.push_back(change.path);
            else if (is_refused(change))
                fail();
        if (content_.commits_that_succeed > 0)
            --content_.commits_that_succeed;
        for (const auto& change : changes)
            if (!change.value)
                content_.nodes.erase(change.path);
            else if (!is_refused(change))
                content_.nodes[change.path] = *change.value;
        return refused;
    }

private:
    bool exists(const std::string& folder) const
    {
        const auto node = content_.nodes.lower_bound(folder + "/");
        return node != content_.nodes.end() && node->first.starts_with(folder + "/");
    }

    [[noreturn]] void fail() const
    {
        if (content_.commit_error != 0)
            throw base::SystemError(content_.commit_error, "writing in xenstore");
        throw base::Error("writing in xenstore: xenstored does not answer");
    }

    StoreContent& content_;
};

} // namespace test
