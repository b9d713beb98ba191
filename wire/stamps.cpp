#include "wire/stamps.h"

#include "wire/check.h"

namespace trunkline::wire {
namespace {

// Which of the four node places a stage may fill: client 0, source edge 1, source and destination
// rank 2 and 3. Stages behind them run on a node that is already named.
int node_place(Stamp stamp) {
  switch (stamp) {
    case Stamp::client_send:
      return 0;
    case Stamp::edge_in:
      return 1;
    case Stamp::rank_in:
      return 2;
    case Stamp::rank_out:
      return 3;
    default:
      return -1;
  }
}

// Where the idle states stand in `present`.
int idle_shift(Stamp stamp) {
  return stamp == Stamp::rank_in ? 10 : stamp == Stamp::rank_matched ? 13 : -1;
}
constexpr unsigned kIdleMask = 7;

}  // namespace

void StampBlock::set(Stamp stamp, std::uint64_t now_ns, std::uint16_t node_number) {
  const auto index = static_cast<unsigned>(stamp);
  present = static_cast<std::uint16_t>(present | 1u << index);
  at[index] = static_cast<std::uint32_t>(now_ns);
  if (const int place = node_place(stamp); place >= 0) node[place] = node_number;
}

Idle StampBlock::idle(Stamp stamp) const {
  const int shift = idle_shift(stamp);
  if (shift < 0) return Idle::untold;
  const unsigned number = present >> shift & kIdleMask;
  return number < kIdleCount ? static_cast<Idle>(number) : Idle::untold;
}

Bytes encoded(const StampBlock& block) {
  Bytes out;
  Writer writer(out);
  writer.number(kStampVersion);
  writer.number(block.flags);
  writer.number(block.present);
  writer.number(block.sequence);
  writer.number(block.intended_ns);
  for (const std::uint16_t node : block.node) writer.number(node);
  for (const std::uint32_t at : block.at) writer.number(at);
  TRUNKLINE_CHECK(out.size() == kStampBlockBytes, "the stamp block has 64 bytes");
  return out;
}

Result<StampBlock> decode_stamps(BytesView bytes) {
  if (bytes.size() != kStampBlockBytes) return DecodeError::bad_length;
  Reader reader(bytes);
  std::uint8_t version = 0;
  StampBlock block;
  reader.number(version);
  if (version != kStampVersion) return DecodeError::bad_version;
  reader.number(block.flags);
  reader.number(block.present);
  reader.number(block.sequence);
  reader.number(block.intended_ns);
  for (std::uint16_t& node : block.node) reader.number(node);
  for (std::uint32_t& at : block.at) reader.number(at);
  return block;
}

void stamp_frame(char* frame, Stamp stamp, std::uint64_t now_ns, std::uint16_t node, Idle idle) {
  char* block = frame + load_le<std::uint32_t>(frame) - kStampBlockBytes;
  if ((static_cast<std::uint8_t>(block[1]) & kSampled) == 0) return;
  const auto index = static_cast<unsigned>(stamp);
  unsigned present = load_le<std::uint16_t>(block + 2) | 1u << index;
  if (const int shift = idle_shift(stamp); shift >= 0) {
    present = (present & ~(kIdleMask << shift)) | static_cast<unsigned>(idle) << shift;
  }
  store_le(block + 2, static_cast<std::uint16_t>(present));
  store_le(block + 24 + 4 * index, static_cast<std::uint32_t>(now_ns));
  if (const int place = node_place(stamp); place >= 0) store_le(block + 16 + 2 * place, node);
}

}  // namespace trunkline::wire
