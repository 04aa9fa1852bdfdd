// The real store, through libxenstore.
#pragma once

#include "xen/call/xenstore.h"

#include <chrono>
#include <functional>
#include <memory>

struct xs_handle;

namespace xen {

class LibXenstore final : public Xenstore {
public:
    // All that one call waits for the store, whatever it asks for. After that the store counts as dead.
    static constexpr std::chrono::seconds patience{8};

    // Throws base::Error if no store can be reached.
    LibXenstore();

    std::optional<std::string> read(const std::string& path) const override;
    std::optional<StoreFolder> read_folder(
        const std::string& path, const std::vector<std::string>& keys) const override;
    std::vector<std::string> commit(const std::string& folder, const std::vector<StoreChange>&) override;

private:
    bool change(unsigned transaction, const StoreChange&) const;
    std::optional<std::string> read_in(unsigned transaction, const std::string& path) const;
    std::optional<std::vector<std::string>> names_in(unsigned transaction, const std::string& path) const;
    void in_transaction(const std::function<void(unsigned)>&) const;
    [[noreturn]] void fail(const std::string& doing) const;

    struct Close {
        void operator()(xs_handle*) const;
    };
    std::unique_ptr<xs_handle, Close> handle_;
};

} // namespace xen
