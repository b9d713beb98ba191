#include "routing/inbox.h"

#include <algorithm>

#include "wire/check.h"

namespace trunkline::routing {

using wire::Code;
using wire::Fault;

namespace {

// Sending devices that one mailbox remembers the ids of, before the longest unused is forgotten
// (and read back when it sends again). Bounds memory to about 0.5 MiB a mailbox.
constexpr std::size_t kSendersMax = 64;
constexpr std::size_t kAllowancesMax = 256;

bool is_name_sized(wire::BytesView name) {
  return !name.empty() && name.size() <= wire::kNameBytesMax;
}

}  // namespace

bool Inbox::take(Mailbox& mailbox, const wire::FrameView& frame, const wire::Send& send) {
  const wire::MessageView& message = send.message;
  if (const Code fact = fact_against(mailbox, message); fact != Code::ok) {
    refuse(frame, send, fact);
    return true;
  }
  Sender* sender = sender_of(mailbox, message);
  if (sender->loading) return false;

  const Waiter waiter{frame.header.address, send.tag,
                      static_cast<std::uint32_t>(frame.whole.size())};
  const wire::Sepoch known = sender->remembered.known();
  if (send.sepoch < known && !turn_.planted(Fault::no_fence)) {
    ++turn_.counters.fenced;
    courier_.answer(waiter.session, wire::Fenced{waiter.tag, waiter.cost, known});
    return true;
  }
  wire::MessageRecord record;
  record.print = wire::print_of(turn_.opened.print_key, message.id, message.body);
  if (const auto seen = sender->remembered.find(record.print)) {
    repeat(*seen, waiter);
    return true;
  }
  const std::optional<Code> room = room_for(mailbox, message);
  if (!room) return false;
  if (*room != Code::ok) {
    refuse(frame, send, *room);
    return true;
  }
  record.sepoch = send.sepoch;
  record.message = message;
  record.stamps = frame.stamps;
  queue(mailbox, *sender, record, waiter);
  return true;
}

// What forbids a message whatever else may be (rule 16), and a rank that is stopping.
Code Inbox::fact_against(const Mailbox& mailbox, const wire::MessageView& message) const {
  if (turn_.stopping) return Code::unavailable;
  if (!mailbox.exists) return Code::no_such_user;
  const bool is_well_made = is_name_sized(message.from) && is_name_sized(message.device) &&
                            is_name_sized(message.id) &&
                            message.message_class == wire::MessageClass::stored;
  return is_well_made ? Code::ok : Code::forbidden;
}

// Whether there is room for a new message now (rule 17); nothing: something must be read first.
std::optional<Code> Inbox::room_for(Mailbox& mailbox, const wire::MessageView& message) {
  if (turn_.full) return Code::full;
  const std::optional<Code> quota = judge_quota(mailbox, message);
  if (!quota || *quota != Code::ok) return quota;
  if (!has_own_mailbox(mailbox, message)) return std::nullopt;
  return is_within_rate(mailbox, message.from) ? Code::ok : Code::rate;
}

Sender* Inbox::sender_of(Mailbox& mailbox, const wire::MessageView& message) {
  const auto known = mailbox.senders.find(SenderView{message.from, message.device});
  if (known != mailbox.senders.end()) {
    known->second->used = ++mailbox.uses;
    return known->second.get();
  }
  if (mailbox.senders.size() >= kSendersMax) forget_a_sender(mailbox);
  const std::size_t capacity = turn_.planted(Fault::small_ring) ? 1 : turn_.config.remembered_ids;
  auto made = std::make_unique<Sender>(Sender{RememberedIds(capacity)});
  Sender* sender = made.get();
  sender->used = ++mailbox.uses;
  SenderName name{wire::Bytes(message.from), wire::Bytes(message.device)};
  ++mailbox.pins;
  mailboxes_.block(mailbox);
  loads_.ask(wire::LoadRemembered{mailbox.owner, name.user, name.device},
             ForSender{&mailbox, sender});
  mailbox.senders.emplace(std::move(name), std::move(made));
  return sender;
}

void Inbox::forget_a_sender(Mailbox& mailbox) {
  auto oldest = mailbox.senders.end();
  for (auto at = mailbox.senders.begin(); at != mailbox.senders.end(); ++at) {
    const Sender& sender = *at->second;
    if (sender.loading || sender.remembered.has_queued()) continue;
    if (oldest == mailbox.senders.end() || sender.used < oldest->second->used) oldest = at;
  }
  if (oldest != mailbox.senders.end()) mailbox.senders.erase(oldest);
}

void Inbox::loaded(const ForSender& purpose, const wire::RememberedLoaded& loaded) {
  if (!turn_.planted(Fault::no_rebuild)) purpose.sender->remembered.load(loaded.entries);
  purpose.sender->loading = false;
  mailboxes_.unpin(*purpose.mailbox);
  mailboxes_.unblock(*purpose.mailbox);
}

void Inbox::repeat(const RememberedIds::Seen& seen, const Waiter& waiter) {
  ++turn_.counters.repeats;
  if (!seen.queued || turn_.planted(Fault::ack_early)) {
    courier_.answer(waiter.session, wire::Stored{waiter.tag, waiter.cost});
  } else if (!turn_.planted(Fault::ack_origin)) {
    commits_.message(*seen.queued).waiters.push_back(waiter);
  }
}

bool Inbox::is_within_rate(Mailbox& mailbox, wire::BytesView sender) {
  if (turn_.config.rate_per_second <= 0) return true;
  auto at = mailbox.allowances.find(sender);
  if (at == mailbox.allowances.end()) {
    // Forgetting an allowance gives its sender a new burst, so only a crowd is forgotten.
    if (mailbox.allowances.size() >= kAllowancesMax) mailbox.allowances.clear();
    at =
        mailbox.allowances
            .try_emplace(wire::Bytes(sender), Allowance{turn_.config.rate_burst, turn_.now.mono_us})
            .first;
  }
  Allowance& allowance = at->second;
  const double seconds = static_cast<double>(turn_.now.mono_us - allowance.since_us) / 1e6;
  allowance.tokens =
      std::min(turn_.config.rate_burst, allowance.tokens + seconds * turn_.config.rate_per_second);
  allowance.since_us = turn_.now.mono_us;
  if (allowance.tokens < 1) return false;
  allowance.tokens -= 1;
  return true;
}

// What no device has received is the difference between the sums at the tail and at the highest
// cursor. The sums at the highest cursor are read only when those of an earlier one would refuse.
std::optional<Code> Inbox::judge_quota(Mailbox& mailbox, const wire::MessageView& message) {
  if (message.from == mailbox.owner) return Code::ok;
  const wire::Mseq highest = mailbox.highest_cursor();
  const bool is_bound = mailbox.received.cursor <= highest;
  const std::uint64_t count = mailbox.tail.count_sum - mailbox.received.count_sum;
  const std::uint64_t bytes = mailbox.tail.bytes_sum - mailbox.received.bytes_sum;
  const bool fits =
      count < turn_.config.quota_messages && bytes + message.raw.size() <= turn_.config.quota_bytes;
  if (is_bound && fits) return Code::ok;
  if (mailbox.received.cursor == highest) return Code::quota;
  if (highest == 0) {
    mailbox.received = {};
    return judge_quota(mailbox, message);
  }
  ++mailbox.pins;
  mailboxes_.block(mailbox);
  loads_.ask(wire::LoadMessages{mailbox.owner, highest - 1, 1, 0}, ForQuota{&mailbox, highest});
  return std::nullopt;
}

void Inbox::loaded(const ForQuota& purpose, const wire::MessagesLoaded& loaded) {
  Mailbox& mailbox = *purpose.mailbox;
  mailbox.received = {purpose.cursor, mailbox.head.count_sum, mailbox.head.bytes_sum};
  if (!loaded.records.empty()) {
    const auto view = wire::decode_record(loaded.records.front());
    TRUNKLINE_CHECK(view.has_value(), "the store gives records as it got them");
    const auto record = wire::record_of<wire::MessageRecord>(*view);
    TRUNKLINE_CHECK(record.has_value(), "a mailbox holds messages");
    mailbox.received.count_sum = record->count_sum;
    mailbox.received.bytes_sum = record->bytes_sum;
    // Trimmed away, the record at the cursor is not there: then this is the first behind it.
    if (record->mseq > purpose.cursor && record->message.from != mailbox.owner) {
      mailbox.received.count_sum -= 1;
      mailbox.received.bytes_sum -= record->message.raw.size();
    }
  }
  mailboxes_.unpin(mailbox);
  mailboxes_.unblock(mailbox);
}

// The sender's copy is written with the message where both have their home here, and needs the
// sender's own mailbox. False: that must be read first.
bool Inbox::has_own_mailbox(Mailbox& mailbox, const wire::MessageView& message) {
  if (message.from == mailbox.owner) return true;
  if (turn_.slots.home(message.from) != turn_.self()) return true;
  Mailbox& own = mailboxes_.get(message.from);
  if (own.loaded) return true;
  own.loaded_for.push_back(&mailbox);
  mailboxes_.block(mailbox);
  return false;
}

void Inbox::queue(Mailbox& mailbox, Sender& sender, wire::MessageRecord record,
                  const Waiter& waiter) {
  const bool to_oneself = record.message.from == mailbox.owner;
  const wire::RankId sender_home = turn_.slots.home(record.message.from);
  wire::Bytes bytes = place(mailbox, record, turn_.now, !to_oneself);

  QueuedMessage queued;
  queued.mailbox = &mailbox;
  queued.place = mailbox.tail;
  queued.sender = &sender;
  if (sender_home != turn_.self()) queued.copy_to = sender_home;
  queued.waiters.push_back(waiter);
  if (turn_.planted(Fault::live_path)) queued.record = bytes;
  if (turn_.planted(Fault::deliver_early)) pumps_.show(mailbox, bytes);
  const wire::Op op = commits_.append(std::move(bytes), std::move(queued));
  sender.remembered.add(record.print, record.sepoch, op);

  if (to_oneself || sender_home != turn_.self()) return;
  Mailbox& own = mailboxes_.get(record.message.from);
  if (!own.exists) return;
  record.stamps = {};  // They time the way to the receiver.
  bytes = place(own, record, turn_.now, false);
  commits_.append(std::move(bytes), QueuedOwnCopy{&own, own.tail}, true);
}

void Inbox::refuse(const wire::FrameView& frame, const wire::Send& send, Code code) {
  ++turn_.counters.refused[static_cast<std::uint8_t>(code)];
  courier_.answer(frame.header.address,
                  wire::Refused{send.tag, static_cast<std::uint32_t>(frame.whole.size()), code});
}

void Inbox::settle(QueuedMessage& queued) {
  ++turn_.counters.stored;
  queued.mailbox->head = queued.place;
  queued.sender->remembered.committed();
  for (const Waiter& waiter : queued.waiters) {
    courier_.answer(waiter.session, wire::Stored{waiter.tag, waiter.cost});
  }
  if (!queued.record.empty()) pumps_.show(*queued.mailbox, queued.record);
  mailboxes_.unpin(*queued.mailbox);
}

void Inbox::undo(QueuedMessage& queued) {
  Mailbox& mailbox = *queued.mailbox;
  mailbox.tail = mailbox.head;
  // The planted fault takes one number too many back: one that was shown already.
  if (turn_.planted(Fault::reuse_mseq) && mailbox.tail.mseq > 0) --mailbox.tail.mseq;
  queued.sender->remembered.take_back(!turn_.planted(Fault::keep_ring));
  mailboxes_.unpin(mailbox);
}

void Inbox::refuse_full(const QueuedMessage& queued) {
  for (const Waiter& waiter : queued.waiters) {
    ++turn_.counters.refused[static_cast<std::uint8_t>(Code::full)];
    courier_.answer(waiter.session, wire::Refused{waiter.tag, waiter.cost, Code::full});
  }
}

}  // namespace trunkline::routing
