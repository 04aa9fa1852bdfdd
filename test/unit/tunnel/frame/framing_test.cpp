#include "catch.h"
#include "tunnel/frame/framing.h"
#include "tunnel/wire/send_queue.h"

#include <random>
#include <string>

using tunnel::Bytes;
using Buffer = std::vector<std::uint8_t>;

namespace {

Buffer framed(std::size_t length, std::uint8_t fill)
{
    Buffer bytes(4 + length, fill);
    tunnel::put32(bytes.data(), static_cast<std::uint32_t>(length));
    return bytes;
}

Buffer operator+(Buffer a, const Buffer& b)
{
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

struct Decoded {
    std::vector<Buffer> frames = {};
    bool lawful = true;
    bool in_frame = false;
};

// Feeds the stream in pieces that end at the given offsets.
Decoded decode(const Buffer& stream, const std::vector<std::size_t>& ends)
{
    tunnel::StreamDecoder decoder;
    Decoded decoded;
    std::size_t begin = 0;
    for (const auto end : ends) {
        const Buffer piece(
            stream.begin() + static_cast<long>(begin), stream.begin() + static_cast<long>(end));
        decoded.lawful = decoded.lawful && decoder.feed(piece, [&](Bytes frame) {
            CHECK(tunnel::get32(frame.data() - 4) == frame.size());
            decoded.frames.emplace_back(frame.begin(), frame.end());
        });
        begin = end;
    }
    decoded.in_frame = decoder.in_frame();
    return decoded;
}

} // namespace

TEST_CASE("a stream decodes alike however it is cut")
{
    const auto stream = framed(1, 1) + framed(13, 2) + framed(1514, 3) + framed(69632, 4) + framed(60, 5);
    const auto whole = decode(stream, {stream.size()});
    REQUIRE(whole.frames.size() == 5);
    CHECK(whole.frames[3] == Buffer(69632, 4));
    for (std::size_t cut = 0; cut <= 40; ++cut)
        CHECK(decode(stream, {cut, stream.size()}).frames == whole.frames);
    std::vector<std::size_t> every_byte;
    for (std::size_t end = 1; end <= stream.size(); ++end)
        every_byte.push_back(end);
    CHECK(decode(stream, every_byte).frames == whole.frames);
    CHECK_FALSE(decode(stream, every_byte).in_frame);
}

TEST_CASE("a stream cut at random places decodes alike")
{
    std::minstd_rand random(7);
    Buffer stream;
    for (std::size_t i = 0; i < 200; ++i)
        stream = stream + framed(1 + random() % 3000, static_cast<std::uint8_t>(i));
    for (int round = 0; round < 50; ++round) {
        std::vector<std::size_t> ends;
        for (std::size_t at = random() % 5000; at < stream.size(); at += 1 + random() % 5000)
            ends.push_back(at);
        ends.push_back(stream.size());
        CHECK(decode(stream, ends).frames.size() == 200);
    }
}

TEST_CASE("a length of nothing, or of more than QEMU takes, ends the connection")
{
    const std::uint32_t length = GENERATE(0U, 69633U, 0x7fffffffU, 0xffffffffU);
    Buffer header(4);
    tunnel::put32(header.data(), length);
    const auto stream = framed(60, 1) + header;
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        const auto decoded = decode(stream, {cut, stream.size()});
        CHECK_FALSE(decoded.lawful);
        CHECK(decoded.frames.size() == 1);
    }
}

TEST_CASE("a frame that has begun is known to be unfinished")
{
    const auto stream = framed(100, 1);
    for (std::size_t cut = 1; cut < stream.size(); ++cut)
        CHECK(decode(stream, {cut}).in_frame);
    CHECK_FALSE(decode(stream, {stream.size()}).in_frame);
}

TEST_CASE("the end of the frame at an offset")
{
    const auto run = framed(10, 1) + framed(20, 2);
    CHECK(tunnel::end_of_frame_at(run, 0) == 0);
    CHECK(tunnel::end_of_frame_at(run, 1) == 14);
    CHECK(tunnel::end_of_frame_at(run, 14) == 14);
    CHECK(tunnel::end_of_frame_at(run, 15) == 38);
    CHECK(tunnel::end_of_frame_at(run, 38) == 38);
}

TEST_CASE("Q1: whatever a slow peer takes is a run of whole frames")
{
    std::minstd_rand random(11);
    tunnel::SendQueue queue(5000);
    tunnel::StreamDecoder peer;
    std::size_t arrived = 0;
    std::size_t dropped = 0;
    std::size_t offered = 0;
    const auto deliver = [&](Bytes bytes) {
        REQUIRE(peer.feed(bytes, [&](Bytes frame) {
            for (const auto byte : frame)
                REQUIRE(byte == frame[0]);
            ++arrived;
        }));
    };
    for (int round = 0; round < 2000; ++round) {
        const auto run =
            framed(1 + random() % 900, 1) + framed(1 + random() % 900, 2) + framed(1 + random() % 900, 3);
        const std::size_t sent = queue.empty() ? random() % (run.size() + 1) : 0;
        deliver(Bytes(run).first(sent));
        offered += 3;
        if (sent < run.size())
            dropped += queue.add(run, sent).frames;
        CHECK(queue.size() <= 5000 + 904);
        const auto taken = std::min<std::size_t>(queue.size(), random() % 3000);
        deliver(queue.waiting().first(taken));
        queue.took(taken);
    }
    deliver(queue.waiting());
    CHECK(arrived + dropped == offered);
    CHECK(dropped > 0);
    CHECK_FALSE(peer.in_frame());
}

TEST_CASE("Q2: an empty queue holds no memory, a full one no more than its limit")
{
    tunnel::SendQueue queue(1000);
    const auto frame = framed(296, 1);
    for (int i = 0; i < 3; ++i)
        CHECK(queue.add(frame, 0).frames == 0);
    const auto dropped = queue.add(frame, 0);
    CHECK(dropped.frames == 1);
    CHECK(dropped.bytes == 300);
    CHECK(queue.size() == 900);
    queue.took(900);
    CHECK(queue.empty());
}
