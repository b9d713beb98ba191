#include "routing/mailboxes.h"

#include <algorithm>

#include "wire/check.h"

namespace trunkline::routing {

using wire::Bytes;
using wire::BytesView;

Bytes place(Mailbox& mailbox, wire::MessageRecord& record, const wire::Now& now, bool counts) {
  Place& tail = mailbox.tail;
  tail.mseq += 1;
  tail.time_ms = std::max(tail.time_ms, now.wall_ms);
  if (counts) {
    tail.count_sum += 1;
    tail.bytes_sum += record.message.raw.size();
  }
  record.owner = mailbox.owner;
  record.mseq = tail.mseq;
  record.time_ms = tail.time_ms;
  record.count_sum = tail.count_sum;
  record.bytes_sum = tail.bytes_sum;
  ++mailbox.pins;
  return wire::encoded_record(record);
}

Mailboxes::~Mailboxes() {
  idle_.clear();
}

Mailbox& Mailboxes::get(BytesView owner) {
  if (Mailbox* known = find(owner)) return *known;
  auto mailbox = std::make_unique<Mailbox>();
  mailbox->owner = owner;
  Mailbox& made = *mailbox;
  mailboxes_.emplace(Bytes(owner), std::move(mailbox));
  turn_.counters.mailboxes = mailboxes_.size();
  ++made.pins;
  loads_.ask(wire::LoadMailbox{made.owner}, ForMailbox{&made});
  return made;
}

Mailbox* Mailboxes::find(BytesView owner) {
  const auto at = mailboxes_.find(owner);
  if (at == mailboxes_.end()) return nullptr;
  Mailbox& mailbox = *at->second;
  if (mailbox.idle.is_linked()) {
    mailbox.idle.unlink();
    --idle_count_;
    released(mailbox);
  }
  return &mailbox;
}

void Mailboxes::defer(Mailbox& mailbox, const wire::FrameView& frame) {
  mailbox.deferred.emplace_back(frame.whole);
  mailbox.deferred_bytes += frame.whole.size();
}

void Mailboxes::defer_again(Mailbox& mailbox, Bytes frame) {
  mailbox.deferred_bytes += frame.size();
  mailbox.deferred.push_front(std::move(frame));
}

void Mailboxes::block(Mailbox& mailbox) {
  ++mailbox.blocks;
}

void Mailboxes::unblock(Mailbox& mailbox) {
  --mailbox.blocks;
  released(mailbox);
  ready_.push_back(&mailbox);
}

void Mailboxes::set_account(Mailbox& mailbox, BytesView account) {
  const auto decoded = wire::decode_account(account);
  TRUNKLINE_CHECK(decoded.has_value(), "the store keeps accounts as it got them");
  mailbox.account = account;
  mailbox.exists = true;
  mailbox.enabled = decoded->enabled;
  mailbox.auth_version = decoded->auth_version;
  mailbox.creation = decoded->mailbox;
}

void Mailboxes::loaded(Mailbox& mailbox, const wire::MailboxLoaded& loaded) {
  unpin(mailbox);
  mailbox.loaded = true;
  if (!loaded.account.empty()) set_account(mailbox, loaded.account);
  mailbox.head = {loaded.head, loaded.time_ms, loaded.count_sum, loaded.bytes_sum};
  mailbox.tail = mailbox.head;
  for (const wire::DeviceCursor& device : loaded.cursors) {
    Device& added = mailbox.devices.emplace_back();
    added.name = device.device;
    added.cursor = device.mseq;
    added.seen_ms = device.seen_ms;
  }
  mailbox.received = {mailbox.highest_cursor(), loaded.count_sum_at_cursor,
                      loaded.bytes_sum_at_cursor};
  ready_.push_back(&mailbox);
  for (Mailbox* waiting : mailbox.loaded_for) unblock(*waiting);
  mailbox.loaded_for.clear();
}

Bytes Mailboxes::next_ready(Mailbox*& mailbox) {
  while (!ready_.empty()) {
    mailbox = ready_.front();
    if (!mailbox->deferred.empty() && mailbox->loaded && mailbox->blocks == 0) {
      Bytes frame = std::move(mailbox->deferred.front());
      mailbox->deferred.pop_front();
      mailbox->deferred_bytes -= frame.size();
      return frame;
    }
    if (mailbox->deferred.empty()) released(*mailbox);
    ready_.pop_front();
  }
  return {};
}

bool Mailboxes::is_held(const Mailbox& mailbox) {
  if (mailbox.pins > 0 || mailbox.blocks > 0 || !mailbox.deferred.empty()) return true;
  if (mailbox.account_changing) return true;
  for (const Device& device : mailbox.devices) {
    if (device.session || device.cursor_dirty) return true;
  }
  return false;
}

void Mailboxes::tidy() {
  if (maybe_idle_.empty()) return;
  for (Mailbox* mailbox : maybe_idle_) {
    mailbox->released = false;
    if (mailbox->idle.is_linked() || is_held(*mailbox)) continue;
    idle_.push_back(*mailbox);
    ++idle_count_;
    // Who does not exist is not remembered: guessed names must not push out real ones.
    if (!mailbox->exists) forget(*mailbox);
  }
  maybe_idle_.clear();
  while (idle_count_ > turn_.config.idle_mailboxes_max) forget(idle_.front());
}

void Mailboxes::forget(Mailbox& mailbox) {
  mailbox.idle.unlink();
  --idle_count_;
  const auto at = mailboxes_.find(BytesView(mailbox.owner));
  mailboxes_.erase(at);
  turn_.counters.mailboxes = mailboxes_.size();
}

}  // namespace trunkline::routing
