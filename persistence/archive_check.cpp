#include "persistence/archive_check.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <vector>

#include "persistence/damage.h"
#include "persistence/page_walk.h"
#include "persistence/schema.h"
#include "persistence/tail.h"
#include "wire/crc32c.h"

namespace trunkline::persistence {

using wire::BytesView;
using wire::Mseq;

namespace {

constexpr std::uint32_t kNobody = 0;

// Of a name as keys hold it, behind what `before` is the checksum of.
std::uint32_t checksum_of_name(BytesView name, std::uint32_t before = 0) {
  const char size = static_cast<char>(static_cast<unsigned char>(name.size()));
  return wire::crc32c(name, wire::crc32c({&size, 1}, before));
}

// What a key adds to a sum of keys: a mix of its names' checksum and its number, one to one in each
// of them (the last steps of splitmix64), so that no bit of a key changes without the sum.
std::uint64_t mixed(std::uint32_t names, std::uint64_t number) {
  std::uint64_t mix = number + names * 0x9e3779b97f4a7c15;
  mix = (mix ^ (mix >> 30)) * 0xbf58476d1ce4e5b9;
  mix = (mix ^ (mix >> 27)) * 0x94d049bb133111eb;
  return mix ^ (mix >> 31);
}

// A name as it is said: without the length byte before it.
BytesView name_in(BytesView owner_key) {
  return owner_key.substr(std::min<std::size_t>(1, owner_key.size()));
}

// key == message_key(record.owner, record.mseq), without making one.
bool stands_under(BytesView key, const wire::MessageRecord& record) {
  return key.size() == 1 + record.owner.size() + sizeof record.mseq &&
         static_cast<unsigned char>(key[0]) == record.owner.size() &&
         name_in(without_number(key)) == record.owner && lsn_of_key(key) == record.mseq;
}

// All keys come in order, and those of `mailboxes` before those that begin with one of them.
class ArchiveCheck {
 public:
  explicit ArchiveCheck(const std::string& path) : path_(path) {}

  void see_copy(BytesView value);
  void see_mailbox(BytesView key, BytesView value);
  void see_message(BytesView key, BytesView value);
  void see_own(BytesView key, BytesView value);
  void see_peer(BytesView key);
  void see_position(BytesView value);
  void see_remembered(BytesView key, BytesView value);
  // All has been seen.
  void finish() const;

 private:
  // Messages of a mailbox whose numbers follow each other: all of it, unless some were lost.
  struct Run {
    Mseq first;
    std::size_t senders;  // where they begin in `senders_`; they end where the next run's begin
  };
  struct Mailbox {
    BytesView key;
    std::uint32_t key_checksum;
    bool whole;                // its own value is
    std::uint64_t told, seen;  // messages
    Mseq first;
    std::size_t runs, runs_end;  // in `runs_`
  };
  Mailbox* mailbox_of(BytesView owner);
  void keep_sender(Mailbox& mailbox, Mseq mseq, std::uint32_t names);
  std::optional<std::uint32_t> sender_of(const Mailbox& mailbox, Mseq mseq) const;
  void expect(bool whole, const char* what) const {
    if (!whole) report_damage(path_, what);
  }

  const std::string& path_;
  std::vector<Mailbox> mailboxes_;
  std::size_t current_ = 0;  // the one that was asked for last
  // Sum over all keys that messages ask for in `peers`, less those that are there.
  std::uint64_t peers_ = 0;
  // Who sent each message: a checksum of the names in the key in `remembered` that it may have.
  std::deque<std::uint32_t> senders_;
  std::vector<Run> runs_;
  bool all_decoded_ = true;
};

ArchiveCheck::Mailbox* ArchiveCheck::mailbox_of(BytesView owner) {
  if (current_ < mailboxes_.size() && mailboxes_[current_].key == owner) {
    return &mailboxes_[current_];
  }
  const auto found =
      std::lower_bound(mailboxes_.begin(), mailboxes_.end(), owner,
                       [](const Mailbox& mailbox, BytesView key) { return mailbox.key < key; });
  if (found == mailboxes_.end() || found->key != owner) return nullptr;
  current_ = static_cast<std::size_t>(found - mailboxes_.begin());
  return &*found;
}

void ArchiveCheck::keep_sender(Mailbox& mailbox, Mseq mseq, std::uint32_t names) {
  const bool has_run = mailbox.runs_end > mailbox.runs;
  const bool follows =
      has_run && mseq - runs_.back().first == senders_.size() - runs_.back().senders;
  if (!has_run) mailbox.runs = runs_.size();
  if (!follows) runs_.push_back({mseq, senders_.size()});
  mailbox.runs_end = runs_.size();
  senders_.push_back(names);
}

std::optional<std::uint32_t> ArchiveCheck::sender_of(const Mailbox& mailbox, Mseq mseq) const {
  const Run* const begin = runs_.data() + mailbox.runs;
  const Run* const after =
      std::upper_bound(begin, runs_.data() + mailbox.runs_end, mseq,
                       [](Mseq number, const Run& run) { return number < run.first; });
  if (after == begin) return std::nullopt;
  const Run& run = after[-1];
  const bool is_last = after == runs_.data() + runs_.size();
  const std::size_t count = (is_last ? senders_.size() : after->senders) - run.senders;
  if (mseq - run.first >= count) return std::nullopt;
  return senders_[run.senders + (mseq - run.first)];
}

void ArchiveCheck::see_copy(BytesView value) {
  expect(wire::decode_record(value).has_value(), "a record whose copy is to be sent");
}

void ArchiveCheck::see_mailbox(BytesView key, BytesView value) {
  const auto meta = unsealed_meta(value);
  expect(meta.has_value(), "what is known of a mailbox");
  mailboxes_.push_back({key, wire::crc32c(key), meta.has_value(), meta ? meta->records : 0, 0,
                        meta ? meta->first : 0, 0, 0});
}

void ArchiveCheck::see_message(BytesView key, BytesView value) {
  const BytesView owner = without_number(key);
  Mailbox* const mailbox = mailbox_of(owner);
  // Without its head, numbers would be given twice.
  if (mailbox == nullptr) refuse_damaged(path_, "what is known of a mailbox");
  ++mailbox->seen;
  const auto view = wire::decode_record(value);
  const auto record = view ? wire::record_of<wire::MessageRecord>(*view)
                           : wire::Result<wire::MessageRecord>(view.error());
  if (!record || !stands_under(key, *record)) {
    all_decoded_ = false;
    return report_damage(
        path_, "message " + std::to_string(lsn_of_key(key)) + " of " + wire::Bytes(name_in(owner)));
  }
  peers_ += mixed(checksum_of_name(peer_of(*record), mailbox->key_checksum), record->mseq);
  keep_sender(*mailbox, record->mseq,
              record->is_own_copy() ? kNobody
                                    : checksum_of_name(record->message.device,
                                                       checksum_of_name(record->message.from)));
}

void ArchiveCheck::see_own(BytesView key, BytesView value) {
  if ((key != kLogKey && key != kAppliedKey) || !unsealed<SealedNumber>(value)) {
    refuse_damaged(path_, "what the archive knows of itself");
  }
}

void ArchiveCheck::see_peer(BytesView key) {
  peers_ -= mixed(wire::crc32c(without_number(key)), lsn_of_key(key));
}

void ArchiveCheck::see_position(BytesView value) {
  expect(unsealed<SealedNumber>(value).has_value(), "the position of a copy stream");
}

// Its key has no checksum; but as long as the message is kept, it says the same.
void ArchiveCheck::see_remembered(BytesView key, BytesView value) {
  const BytesView owner = key.substr(0, key.empty() ? 0 : 1 + static_cast<unsigned char>(key[0]));
  const Mailbox* const mailbox = mailbox_of(owner);
  const Mseq mseq = lsn_of_key(key);
  const bool message_kept =
      mailbox != nullptr && mailbox->whole && all_decoded_ && mseq >= mailbox->first;
  const bool agrees = !message_kept || sender_of(*mailbox, mseq) ==
                                           wire::crc32c(without_number(key.substr(owner.size())));
  expect(mailbox != nullptr && agrees && unsealed<RememberedValue>(value), "a remembered id");
}

void ArchiveCheck::finish() const {
  for (const Mailbox& mailbox : mailboxes_) {
    // As above: nothing is left to tell its head from.
    if (!mailbox.whole && mailbox.seen == 0) refuse_damaged(path_, "what is known of a mailbox");
    expect(!mailbox.whole || mailbox.told == mailbox.seen, "a message of a mailbox");
  }
  expect(peers_ == 0 || !all_decoded_, "the index of conversations");
}

}  // namespace

void check_archive(const std::string& path) {
  ArchiveCheck check(path);
  const Tables tables = {
      {"copies", [&](BytesView, BytesView value) { check.see_copy(value); }},
      {"mailboxes", [&](BytesView key, BytesView value) { check.see_mailbox(key, value); }},
      {"messages", [&](BytesView key, BytesView value) { check.see_message(key, value); }},
      {"meta", [&](BytesView key, BytesView value) { check.see_own(key, value); }},
      {"peers", [&](BytesView key, BytesView) { check.see_peer(key); }},
      {"positions", [&](BytesView, BytesView value) { check.see_position(value); }},
      {"remembered", [&](BytesView key, BytesView value) { check.see_remembered(key, value); }},
  };
  walk_pages(path, tables);
  check.finish();
}

}  // namespace trunkline::persistence
