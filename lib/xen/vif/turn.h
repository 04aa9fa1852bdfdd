// Whose turn it is: of all calls for one guest's interface, its vif and its emulated card, one at a time
// looks and acts.
#pragma once

#include "base/unique_fd.h"
#include "net/types.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace xen {

// Held from before the first look at the kernel until Xen has been told (lib/README.md, D16).
//
// I1  Two turns of one interface never overlap, and one that dies ends its turn: the lock is the kernel's.
// I2  A call whose turn comes when a later one has had its own is overtaken. Later is what began later, by
//     `began`: whoever was slow to come to its turn must not undo what the toolstack wanted since.
//
// All turns are ranges of bytes of one file, with what I2 needs to know in them: nothing is left behind that
// somebody would have to remove.
class Turn {
public:
    using Clock = std::chrono::steady_clock;

    // libxl ends a call after 40 s. It shall have said by itself why it waits.
    static constexpr std::chrono::seconds patience{20};

    // Waits for the turn of the interface, by the kernel's name for it ("vif5.0", "vif5.0-emu"). Throws
    // base::Error, which names who has it, when it has not come in time, and SystemError if the file cannot
    // be opened.
    Turn(const std::string& file, const net::IfName& device, Clock::time_point began,
        Clock::time_point deadline);

    bool is_overtaken() const { return is_overtaken_; }

    // From now on whatever began before is overtaken.
    void take_effect();

private:
    const std::string device_;
    const std::int64_t place_;
    const std::int64_t began_;
    base::UniqueFd fd_;
    bool is_overtaken_ = false;
};

// While it lives, no interface has its turn: for what concerns all of them at once.
class NoTurns {
public:
    // Waits until all have ended. Throws as Turn does.
    NoTurns(const std::string& file, Turn::Clock::time_point deadline);

private:
    base::UniqueFd fd_;
};

} // namespace xen
