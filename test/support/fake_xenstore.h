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

    void commit(const std::vector<xen::StoreChange>& changes) override
    {
        if (content_.commits_that_succeed == 0)
            fail();
        for (const auto& change : changes)
            if (change.path == content_.refused_path)
                fail();
        if (content_.commits_that_succeed > 0)
            --content_.commits_that_succeed;
        for (const auto& [path, value] : changes)
            if (value)
                content_.nodes[path] = *value;
            else
                content_.nodes.erase(path);
    }

private:
    [[noreturn]] void fail() const
    {
        if (content_.commit_error != 0)
            throw base::SystemError(content_.commit_error, "writing in xenstore");
        throw base::Error("writing in xenstore: xenstored does not answer");
    }

    StoreContent& content_;
};

} // namespace test
