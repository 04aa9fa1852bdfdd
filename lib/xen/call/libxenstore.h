// The real store, through libxenstore.
#pragma once

#include "xen/call/xenstore.h"

#include <chrono>
#include <memory>

struct xs_handle;

namespace xen {

class LibXenstore final : public Xenstore {
public:
    // A store that takes longer than this for an answer counts as dead.
    static constexpr std::chrono::seconds patience{5};

    // Throws base::Error if no store can be reached.
    LibXenstore();

    std::optional<std::string> read(const std::string& path) const override;
    void commit(const std::vector<StoreChange>&) override;

private:
    bool change(unsigned transaction, const StoreChange&);
    bool try_commit(const std::vector<StoreChange>&);
    [[noreturn]] void fail(const std::string& doing) const;

    struct Close {
        void operator()(xs_handle*) const;
    };
    std::unique_ptr<xs_handle, Close> handle_;
    mutable bool dead_ = false; // it failed to answer once: it is not waited for again
};

} // namespace xen
