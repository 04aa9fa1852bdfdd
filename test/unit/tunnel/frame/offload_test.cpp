#include "catch.h"
#include "tunnel/frame/coalesce.h"
#include "tunnel/frame/segment.h"
#include "tunnel/frame/tap.h"

#include <numeric>
#include <random>

using tunnel::Bytes;
using tunnel::OffloadHeader;
using Buffer = std::vector<std::uint8_t>;
using Frames = std::vector<Buffer>;

namespace {

struct Shape {
    bool v6 = false;
    unsigned tags = 0; // VLAN tags
    std::size_t payload = 10000;
    std::uint16_t mss = 1448;
    std::uint8_t flags = 0x18;
};

void append(Buffer& buffer, const Buffer& more)
{
    buffer.insert(buffer.end(), more.begin(), more.end());
}

Buffer ip_header(const Shape& shape, std::size_t tcp_length)
{
    if (shape.v6) {
        Buffer ip(40);
        ip[0] = 0x60;
        tunnel::put16(&ip[4], static_cast<std::uint16_t>(tcp_length));
        ip[6] = 6;
        ip[7] = 64;
        std::iota(ip.begin() + 8, ip.end(), std::uint8_t{1});
        return ip;
    }
    Buffer ip(20);
    ip[0] = 0x45;
    tunnel::put16(&ip[2], static_cast<std::uint16_t>(20 + tcp_length));
    tunnel::put16(&ip[4], 0xfffe); // wraps within the frame
    ip[6] = 0x40;
    ip[8] = 64;
    ip[9] = 6;
    std::iota(ip.begin() + 12, ip.end(), std::uint8_t{1});
    tunnel::put_native(&ip[10], tunnel::Checksum().add(ip).complement());
    return ip;
}

// What a kernel with offloads hands over: one TCP super-frame whose checksum is the sum over the pseudo
// header.
std::pair<Buffer, OffloadHeader> super_frame(const Shape& shape)
{
    Buffer frame{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
    for (unsigned tag = 0; tag < shape.tags; ++tag)
        append(frame, tag + 1 < shape.tags ? Buffer{0x88, 0xa8, 0, 5} : Buffer{0x81, 0x00, 0, 7});
    append(frame, shape.v6 ? Buffer{0x86, 0xdd} : Buffer{0x08, 0x00});
    append(frame, ip_header(shape, 32 + shape.payload));
    OffloadHeader offload;
    offload.flags = OffloadHeader::needs_checksum;
    offload.gso_type = shape.v6 ? OffloadHeader::gso_tcp6 : OffloadHeader::gso_tcp4;
    offload.gso_size = shape.mss;
    offload.csum_start = static_cast<std::uint16_t>(frame.size());
    offload.csum_offset = 16;
    Buffer tcp(32);
    tunnel::put16(&tcp[0], 1234);
    tunnel::put32(&tcp[4], 0xfffffff0); // wraps within the frame
    tunnel::put32(&tcp[8], 77);
    tcp[12] = 0x80;
    tcp[13] = shape.flags;
    tunnel::put16(&tcp[14], 500);
    tcp[20] = tcp[21] = 1;
    append(frame, tcp);
    for (std::size_t i = 0; i < shape.payload; ++i)
        frame.push_back(static_cast<std::uint8_t>(i * 7 + i / 251));
    const auto ip = tunnel::find_ip(frame);
    const auto sum = tunnel::tcp_pseudo_header(frame, *ip, 32 + shape.payload).folded();
    tunnel::put_native(&frame[offload.csum_start + 16U], sum);
    return {frame, offload};
}

Frames split(const Buffer& frame, const OffloadHeader& offload)
{
    tunnel::WireBatch batch(false);
    tunnel::Splitter splitter(frame, offload);
    while (splitter.next(batch)) { }
    Frames frames;
    for (std::size_t i = 0; i < batch.frames().size(); ++i)
        frames.emplace_back(batch.frame(i).begin(), batch.frame(i).end());
    return frames;
}

struct Written {
    OffloadHeader offload;
    Buffer frame;
};

std::vector<Written> coalesce(const Frames& frames, bool merged_is_refused = false)
{
    std::vector<Written> written;
    tunnel::Coalescer coalescer([&](const OffloadHeader& offload, std::span<const iovec> pieces) {
        if (merged_is_refused && pieces.size() > 1)
            return false;
        REQUIRE(pieces.size() <= tunnel::Tap::most_pieces);
        Written one{offload, {}};
        for (const auto& piece : pieces) {
            const auto* const bytes = static_cast<const std::uint8_t*>(piece.iov_base);
            one.frame.insert(one.frame.end(), bytes, bytes + piece.iov_len);
        }
        written.push_back(one);
        return true;
    });
    for (const auto& frame : frames)
        coalescer.add(frame);
    coalescer.flush();
    return written;
}

Shape any_shape()
{
    return GENERATE(Shape{}, Shape{.v6 = true}, Shape{.tags = 1}, Shape{.v6 = true, .tags = 2},
        Shape{.payload = 1449}, Shape{.payload = 2896}, Shape{.payload = 65000, .mss = 9000},
        Shape{.payload = 3000, .mss = 1, .flags = 0x10}, Shape{.payload = 10001, .mss = 1447, .flags = 0x10});
}

} // namespace

TEST_CASE("the fast checksum is the plain one")
{
    std::minstd_rand random(3);
    for (std::size_t length = 0; length < 300; ++length) {
        Buffer bytes(length);
        for (auto& byte : bytes)
            byte = static_cast<std::uint8_t>(length % 3 == 0 ? 0xff : random());
        std::uint32_t plain = 0;
        for (std::size_t i = 0; i < length; ++i)
            plain += i % 2 == 0 ? static_cast<std::uint32_t>(bytes[i] << 8) : bytes[i];
        while (plain > 0xffff)
            plain = (plain & 0xffff) + (plain >> 16);
        Buffer stored(2);
        tunnel::put_native(stored.data(), tunnel::Checksum().add(bytes).folded());
        REQUIRE(tunnel::get16(stored.data()) == plain);
    }
}

TEST_CASE("a super-frame becomes segments that are right in every field")
{
    const auto shape = any_shape();
    const auto [frame, offload] = super_frame(shape);
    const auto segments = split(frame, offload);
    REQUIRE(segments.size() == (shape.payload + shape.mss - 1) / shape.mss);
    Buffer payload;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        const auto at = tunnel::find_tcp(segments[i]);
        REQUIRE(at);
        REQUIRE(tunnel::checksums_hold(segments[i], *at));
        REQUIRE(at->end == segments[i].size());
        REQUIRE(tunnel::get32(&segments[i][at->transport + 4])
            == 0xfffffff0U + static_cast<std::uint32_t>(payload.size()));
        const bool last = i + 1 == segments.size();
        REQUIRE(segments[i][at->transport + 13] == (last ? shape.flags : (shape.flags & ~0x08)));
        payload.insert(
            payload.end(), segments[i].begin() + static_cast<long>(at->payload), segments[i].end());
    }
    CHECK(payload == Buffer(frame.end() - static_cast<long>(shape.payload), frame.end()));
}

TEST_CASE("C2: what is put together, and cut again, is what it was")
{
    const auto shape = any_shape();
    const auto [frame, offload] = super_frame(shape);
    const auto segments = split(frame, offload);
    Frames again;
    for (const auto& written : coalesce(segments))
        for (const auto& piece : split(written.frame, written.offload))
            again.push_back(piece);
    CHECK(again == segments);
    if (shape.payload > 3U * shape.mss && shape.mss > 1)
        CHECK(coalesce(segments).size() == 1);
}

TEST_CASE("C1: a segment with a wrong checksum is not merged, and stays wrong")
{
    const auto [frame, offload] = super_frame({});
    auto segments = split(frame, offload);
    segments[2].back() ^= 1;
    const auto written = coalesce(segments);
    const auto found = std::find_if(
        written.begin(), written.end(), [&](const Written& one) { return one.frame == segments[2]; });
    REQUIRE(found != written.end());
    CHECK(found->offload.flags == 0);
    CHECK(written.size() == 3);
}

TEST_CASE("C3, C4: frames that do not belong together come out one by one, as they were, in order")
{
    const auto [frame, offload] = super_frame({});
    const auto segments = split(frame, offload);
    const auto [other, other_offload] = super_frame({.tags = 1});
    const Buffer arp(60, 0x08);
    Frames mixed{segments[0], arp, segments[2], segments[1], split(other, other_offload)[1], segments[4]};
    const auto written = coalesce(mixed);
    REQUIRE(written.size() == mixed.size());
    for (std::size_t i = 0; i < mixed.size(); ++i) {
        CHECK(written[i].frame == mixed[i]);
        CHECK(written[i].offload.gso_type == OffloadHeader::gso_none);
    }
}

TEST_CASE("C5: many small segments are merged in as many pieces as the tap takes, and none is lost")
{
    const std::size_t count = GENERATE(128, 129, 500, 1000);
    const auto [frame, offload] = super_frame({.payload = count, .mss = 1, .flags = 0x10});
    Frames again;
    for (const auto& each : coalesce(split(frame, offload)))
        for (const auto& segment : split(each.frame, each.offload))
            again.push_back(segment);
    CHECK(again == split(frame, offload));
    CHECK(coalesce(split(frame, offload)).size() == (count + 127) / 128);
}

TEST_CASE("C5: what the kernel refuses merged comes out one by one")
{
    const auto [frame, offload] = super_frame({.payload = 10000});
    Frames written;
    for (const auto& each : coalesce(split(frame, offload), true))
        written.push_back(each.frame);
    CHECK(written == split(frame, offload));
}

TEST_CASE("segments with SYN, FIN, RST or URG, or without data, are never merged")
{
    const auto flags = static_cast<std::uint8_t>(GENERATE(0x12, 0x11, 0x14, 0x30, 0x50, 0x90));
    const auto [frame, offload] = super_frame({.payload = 4000, .flags = flags});
    const auto segments = split(frame, offload);
    CHECK(coalesce(segments).size() >= 2);
    for (const auto& written : coalesce({segments.back(), segments.back()}))
        CHECK(written.frame == segments.back());
}

TEST_CASE("a frame with an open checksum is completed")
{
    auto [frame, offload] = super_frame({.payload = 1000});
    offload.gso_type = OffloadHeader::gso_none;
    const auto frames = split(frame, offload);
    REQUIRE(frames.size() == 1);
    CHECK(tunnel::checksums_hold(frames[0], *tunnel::find_tcp(frames[0])));
}

TEST_CASE("a frame without offloads passes bit by bit")
{
    for (const std::size_t length : {14U, 60U, 1514U, 9014U, 65535U}) {
        const Buffer frame(length, 0xa5);
        CHECK(split(frame, {}) == Frames{frame});
    }
}

TEST_CASE("an offload header that does not fit its frame is refused")
{
    const auto [frame, good] = super_frame({});
    const auto refused = [&](OffloadHeader header, const Buffer& bytes) {
        return !tunnel::Splitter(bytes, header).valid() && split(bytes, header).empty();
    };
    auto header = good;
    header.gso_size = 0;
    CHECK(refused(header, frame));
    header = good;
    header.gso_type = OffloadHeader::gso_tcp6;
    CHECK(refused(header, frame));
    header = good;
    header.csum_start = 60000;
    CHECK(refused(header, frame));
    header.gso_type = OffloadHeader::gso_none;
    CHECK(refused(header, frame));
    header = good;
    header.gso_type = 5; // UDP, which was not offered
    CHECK(refused(header, frame));
    CHECK(refused({}, Buffer(13)));
    CHECK(refused(good, Buffer(frame.begin(), frame.begin() + 50)));
}

TEST_CASE("garbage with any offload header does no harm")
{
    std::minstd_rand random(5);
    for (int round = 0; round < 20000; ++round) {
        auto [frame, offload] = super_frame({.v6 = round % 2 == 0, .payload = 200, .mss = 50});
        for (int i = 0; i < 4; ++i)
            frame[random() % 90] = static_cast<std::uint8_t>(random());
        frame.resize(random() % (frame.size() + 1));
        if (round % 3 == 0)
            offload.csum_start = static_cast<std::uint16_t>(random() % 300);
        const auto pieces = split(frame, offload);
        Frames deliverable;
        for (const auto& piece : pieces)
            if (piece.size() >= tunnel::shortest_frame)
                deliverable.push_back(piece);
        for (const auto& written : coalesce(deliverable))
            REQUIRE(written.frame.size() <= 65535);
    }
}
