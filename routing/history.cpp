#include "routing/history.h"

#include <algorithm>

#include "wire/check.h"

namespace trunkline::routing {
namespace {

// What a frame holds besides its entries: header, reference, flags.
constexpr std::size_t kPageOverheadBytes = 256;
constexpr std::size_t kEntriesBytesMax = wire::kFrameBytesMax - kPageOverheadBytes;

}  // namespace

void HistoryPages::ask(Mailbox& mailbox, const wire::Address& from, const wire::History& history) {
  if (mailbox.session_of(history.device, history.sepoch, from) == nullptr) {
    courier_.bring(from, wire::Page{history.ref, true, true, {}});
    return;
  }
  wire::LoadHistory load;
  load.owner = mailbox.owner;
  load.with = history.with;
  load.before = history.before;
  load.limit = std::clamp<std::size_t>(history.limit, 1, wire::kHistoryLimitMax);
  load.bytes_max = wire::kHistoryPageBytesMax;
  loads_.ask(std::move(load), ForHistory{from, wire::Bytes(history.ref)});
}

void HistoryPages::loaded(const ForHistory& purpose, const wire::HistoryLoaded& loaded) {
  wire::Bytes entries;
  for (const wire::Bytes& bytes : loaded.records) {
    const auto view = wire::decode_record(bytes);
    TRUNKLINE_CHECK(view.has_value(), "the store gives records as it got them");
    const auto record = wire::record_of<wire::MessageRecord>(*view);
    TRUNKLINE_CHECK(record.has_value(), "a mailbox holds messages");
    if (!entries.empty() && entries.size() + bytes.size() > kEntriesBytesMax) {
      courier_.bring(purpose.session, wire::Page{purpose.ref, false, false, entries});
      entries.clear();
    }
    wire::append_entry(entries, {record->mseq, record->time_ms, record->message});
  }
  courier_.bring(purpose.session, wire::Page{purpose.ref, true, loaded.complete, entries});
}

}  // namespace trunkline::routing
