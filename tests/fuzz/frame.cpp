// Frames between edges and ranks. What decodes is written again as the same bytes; every cut and
// every flipped bit of it is an error; a new address or flag leaves the payload alone.
#include <algorithm>

#include "tests/fuzz/mend.h"
#include "tests/fuzz/payload_kinds.h"
#include "tests/fuzz/target.h"
#include "wire/record.h"
#include "wire/stamps.h"

namespace trunkline::fuzz {
namespace {

using namespace wire;

void check_inside(const Page& page) {
  Bytes again;
  BytesView left = page.entries;
  while (!left.empty()) {
    const auto entry = next_entry(left);
    if (!entry) break;
    PageEntry copy = *entry;
    copy.message.raw = {};
    append_entry(again, copy);
  }
  TRUNKLINE_CHECK(page.entries.substr(0, page.entries.size() - left.size()) == again,
                  "entries are written as they were read");
}

void check_inside(const Admin& admin) {
  (void)decode_account(admin.argument);
}

void check_inside(const auto&) {}

template <class Payload>
void check_payload(const FrameView& frame) {
  const auto read = payload_of<Payload>(frame);
  if (frame.header.kind != Payload::kKind) {
    TRUNKLINE_CHECK(!read && read.error() == DecodeError::bad_kind, "read as its own kind only");
    return;
  }
  if (!read) {
    TRUNKLINE_CHECK(
        read.error() == DecodeError::bad_field || read.error() == DecodeError::bad_value,
        "a payload has bad fields or bad values");
    return;
  }
  Payload payload = *read;
  TRUNKLINE_CHECK(encoded(frame.header, payload, frame.stamps) == frame.whole,
                  "a frame is written as it was read");
  if constexpr (requires { payload.message.raw; }) {
    payload.message.raw = {};
    TRUNKLINE_CHECK(encoded(frame.header, payload, frame.stamps) == frame.whole,
                    "a message is written as it was read");
  }
  check_inside(payload);
}

void check_damage(const FrameView& frame) {
  const std::size_t size = frame.whole.size();
  const std::size_t chance = std::hash<BytesView>{}(frame.whole);
  const auto cut = decode(frame.whole.substr(0, chance % size));
  TRUNKLINE_CHECK(!cut && cut.error() == DecodeError::too_short, "a part of a frame is too short");
  // Of the length and of flags kLab and kCarded, which say what the checksum covers, one in 2^32
  // would pass.
  const std::size_t covered = size - frame.stamps.size();
  const std::size_t at = chance / size % covered;
  if (at < 4 || at == 10) return;
  Bytes flipped(frame.whole);
  flipped[at] = static_cast<char>(flipped[at] ^ 1 << (chance >> 32) % 8);
  TRUNKLINE_CHECK(!decode(flipped), "a flipped bit is seen");
}

void check_new_address(const FrameView& frame) {
  Bytes moved(frame.whole);
  readdress(moved, {7, 8, 9}, 10);
  reflag(moved, kFromHome, kByHint);
  const auto read = decode(moved);
  TRUNKLINE_CHECK(read && read->payload == frame.payload && read->stamps == frame.stamps,
                  "the payload stays");
  TRUNKLINE_CHECK(read->header.address == (Address{7, 8, 9}) && read->header.slot == 10 &&
                      read->has(kFromHome) && !read->has(kByHint),
                  "a new address is read");
}

void check_stamps(BytesView stamps) {
  const auto block = decode_stamps(stamps);
  if (!block) return;
  TRUNKLINE_CHECK(encoded(*block) == stamps, "stamps are written as they were read");
}

void check_frame(BytesView bytes) {
  const auto frame = decode(bytes);
  if (!frame) {
    TRUNKLINE_CHECK(to_string(frame.error()) != "unknown", "an error has a name");
    return;
  }
  TRUNKLINE_CHECK(is_known(frame->header.kind), "unknown kinds are refused");
  TRUNKLINE_CHECK(frame->whole.size() == frame->header.length &&
                      frame->whole.size() <= std::min(bytes.size(), kClusterFrameBytesMax),
                  "a frame lies in its bytes");
  for_each_payload(
      [&frame]<class Payload>(std::type_identity<Payload>) { check_payload<Payload>(*frame); });
  check_damage(*frame);
  check_new_address(*frame);
  if (!frame->stamps.empty()) check_stamps(frame->stamps);
}

}  // namespace

void try_input(BytesView input) {
  check_frame(input);
  check_frame(mended_frame(input));
}

}  // namespace trunkline::fuzz
