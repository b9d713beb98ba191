#include "routing/copies_in.h"

#include <algorithm>
#include <utility>

#include "wire/check.h"

namespace trunkline::routing {

using wire::RankId;

CopiesIn::CopiesIn(Turn& turn, Links& links, Mailboxes& mailboxes, Commits& commits)
    : turn_(turn), links_(links), mailboxes_(mailboxes), commits_(commits) {
  for (const wire::StoreOpened::CopySource& source : turn.opened.copy_sources) {
    opened_at_[source.log] = source.position;
  }
}

void CopiesIn::take(RankId rank, const wire::Copy& copy) {
  std::unique_ptr<Source>& source = sources_[rank];
  if (!source) {
    source = std::make_unique<Source>();
    source->log = copy.log;
    const auto earlier = opened_at_.find(copy.log);
    if (earlier != opened_at_.end()) source->queued = source->durable = earlier->second;
  }
  source->frames.push_back({copy.position, wire::Bytes(copy.records), false});
  if (std::find(stalled_.begin(), stalled_.end(), rank) == stalled_.end()) work(rank, *source);
}

void CopiesIn::resume() {
  for (const RankId rank : std::exchange(stalled_, {})) work(rank, *sources_[rank]);
}

void CopiesIn::work(RankId rank, Source& source) {
  for (Frame& frame : source.frames) {
    if (frame.queued) continue;
    if (turn_.full || !queue(rank, source, frame)) {
      stalled_.push_back(rank);
      return;
    }
    frame.queued = true;
  }
  // What was copied before is confirmed again without a commit.
  confirm(rank, source);
}

bool CopiesIn::queue(RankId rank, Source& source, Frame& frame) {
  wire::BytesView records = frame.records;
  while (!records.empty()) {
    const auto view = wire::decode_record(records);
    TRUNKLINE_CHECK(view.has_value(), "a COPY holds whole records");
    records.remove_prefix(view->whole.size());
    const auto record = wire::record_of<wire::MessageRecord>(*view);
    TRUNKLINE_CHECK(record.has_value(), "a COPY holds messages");
    const bool is_new =
        record->source_lsn > source.queued || turn_.planted(wire::Fault::copy_twice);
    if (is_new && !queue(rank, source, *record)) return false;
  }
  return true;
}

bool CopiesIn::queue(RankId rank, Source& source, wire::MessageRecord record) {
  Mailbox& mailbox = mailboxes_.get(record.message.from);
  if (!mailbox.loaded) return false;
  const wire::Lsn lsn = record.source_lsn;
  source.queued = std::max(source.queued, lsn);
  if (!mailbox.exists) return true;
  wire::Bytes bytes = place(mailbox, record, turn_.now, false);
  ++source.under_way;
  commits_.append(std::move(bytes), QueuedCopy{&mailbox, mailbox.tail, rank, source.log, lsn});
  return true;
}

void CopiesIn::settle(const QueuedCopy& queued) {
  ++turn_.counters.copies;
  queued.mailbox->head = queued.place;
  mailboxes_.unpin(*queued.mailbox);
  Source& source = *sources_[queued.source];
  --source.under_way;
  source.durable = std::max(source.durable, queued.lsn);
  if (!std::exchange(source.settled_some, true)) settled_.push_back(queued.source);
}

void CopiesIn::undo(const QueuedCopy& queued) {
  queued.mailbox->tail = queued.mailbox->head;
  mailboxes_.unpin(*queued.mailbox);
  Source& source = *sources_[queued.source];
  --source.under_way;
  source.queued = source.durable;
  for (Frame& frame : source.frames) frame.queued = false;
  if (std::find(stalled_.begin(), stalled_.end(), queued.source) == stalled_.end()) {
    stalled_.push_back(queued.source);
  }
}

void CopiesIn::confirm() {
  for (const RankId rank : std::exchange(settled_, {})) confirm(rank, *sources_[rank]);
}

void CopiesIn::confirm(RankId rank, Source& source) {
  source.settled_some = false;
  // Records of nobody are passed over: they need no commit.
  if (source.under_way == 0) source.durable = source.queued;
  wire::Lsn position = 0;
  while (!source.frames.empty()) {
    const Frame& frame = source.frames.front();
    if (!frame.queued || frame.position > source.durable) break;
    position = frame.position;
    source.frames.pop_front();
  }
  if (position > 0) links_.answer(rank, {}, wire::Copied{source.log, position});
}

}  // namespace trunkline::routing
