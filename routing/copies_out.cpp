#include "routing/copies_out.h"

#include <algorithm>
#include <utility>

#include "wire/check.h"

namespace trunkline::routing {

using wire::Bytes;
using wire::Fault;
using wire::Lsn;
using wire::RankId;

CopiesOut::CopiesOut(Turn& turn, Links& links, Loads& loads, Commits& commits)
    : turn_(turn), links_(links), loads_(loads), commits_(commits), streams_(turn.ranks()) {
  for (const wire::StoreOpened::CopyTarget& target : turn.opened.copy_targets) {
    if (target.target >= streams_.size() || turn.planted(Fault::copy_twice)) continue;
    streams_[target.target].sent = streams_[target.target].confirmed = target.position;
  }
}

void CopiesOut::start() {
  for (std::size_t target = 0; target < streams_.size(); ++target) {
    if (target != turn_.self()) committed(static_cast<RankId>(target));
  }
}

void CopiesOut::committed(RankId target) {
  streams_[target].more = true;
  read(target);
}

void CopiesOut::read(RankId target) {
  Stream& stream = streams_[target];
  if (!stream.more || stream.loading || stream.window_bytes >= wire::kCopyWindowBytes) return;
  stream.loading = true;
  stream.more = false;
  loads_.ask(wire::LoadCopies{target, stream.sent, wire::kCopyFrameBytesMax}, ForCopies{target});
}

void CopiesOut::loaded(RankId target, const wire::CopiesLoaded& loaded) {
  Stream& stream = streams_[target];
  stream.loading = false;
  stream.more = stream.more || loaded.more;
  Bytes records;
  for (std::size_t i = 0; i < loaded.records.size(); ++i) {
    const auto view = wire::decode_record(loaded.records[i]);
    TRUNKLINE_CHECK(view.has_value(), "the store gives records as it got them");
    auto record = wire::record_of<wire::MessageRecord>(*view);
    TRUNKLINE_CHECK(record.has_value(), "what is copied is a message");
    if (!records.empty() && records.size() + view->whole.size() > wire::kCopyFrameBytesMax) {
      send(target, records, loaded.lsns[i - 1]);
      records.clear();
    }
    record->source_log = turn_.opened.log;
    record->source_lsn = loaded.lsns[i];
    record->stamps = {};  // They timed the way to the receiver.
    wire::append_record(records, *record);
  }
  if (!records.empty()) send(target, records, loaded.lsns.back());
  read(target);
}

void CopiesOut::send(RankId target, const Bytes& records, Lsn position) {
  Stream& stream = streams_[target];
  stream.sent = position;
  stream.window.push_back({position, records.size()});
  stream.window_bytes += records.size();
  links_.add(target, {}, wire::Copy{turn_.opened.log, position, records});
}

void CopiesOut::copied(RankId target, const wire::Copied& copied) {
  Stream& stream = streams_[target];
  if (copied.log != turn_.opened.log || copied.position <= stream.confirmed) return;
  stream.confirmed = copied.position;
  auto left = stream.window.begin();
  for (; left != stream.window.end() && left->position <= copied.position; ++left) {
    stream.window_bytes -= left->bytes;
  }
  stream.window.erase(stream.window.begin(), left);
  mark(target);
  read(target);
}

void CopiesOut::mark(RankId target) {
  if (std::exchange(streams_[target].dirty, true)) return;
  if (dirty_.empty()) dirty_since_us_ = turn_.now.mono_us;
  dirty_.push_back(target);
}

void CopiesOut::flush(bool riding) {
  if (dirty_.empty() || turn_.full) return;
  if (!riding && !turn_.stopping && turn_.now.mono_us < flush_at()) return;
  for (const RankId target : std::exchange(dirty_, {})) {
    Stream& stream = streams_[target];
    stream.dirty = false;
    commits_.append(wire::encoded_record(wire::CopiedRecord{target, stream.confirmed}),
                    QueuedCopied{target});
  }
}

void CopiesOut::undo(const QueuedCopied& queued) {
  mark(queued.target);
}

}  // namespace trunkline::routing
