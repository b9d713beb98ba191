#include "tests/sim/mail_judge.h"

#include "tests/sim/violation.h"
#include "tests/sim/world.h"

namespace trunkline::sim {
namespace {

std::string name_of(const LetterKey& key) {
  return "letter " + std::to_string(key.first) + " to " + key.second;
}

LetterKey key_of(const wire::MessageView& message) {
  return {serial_of(message.body), wire::Bytes(message.to)};
}

}  // namespace

void MailJudge::written(const Device& device, const Letter& letter) {
  Written& one = letters_[letter.key()];
  one.device = &device;
  one.id = letter.id;
}

void MailJudge::placed(const Letter& letter) {
  letters_.at(letter.key()).place = ++places_;
}

void MailJudge::refused(const LetterKey& key) {
  letters_.at(key).loose = true;
}

void MailJudge::refused_for_good(const Letter& letter, wire::Code code) {
  if (letter.to != "nobody" || code != wire::Code::no_such_user) {
    throw Violation{"client", name_of(letter.key()) +
                                  " is refused for good: " + std::string(wire::to_string(code))};
  }
}

void MailJudge::forgotten(const Letter& letter) {
  Written& one = letters_.at(letter.key());
  one.forgotten = one.loose = true;
}

void MailJudge::told_stored(const Letter& letter) {
  read_disks();
  const LetterKey key = letter.key();
  Written& one = letters_.at(key);
  if (one.commits == 0) throw Violation{"I1", name_of(key) + " is acked and not committed"};
  one.stored = true;
}

void MailJudge::shown(const Device& device, const wire::Deliver& deliver) {
  const LetterKey key = key_of(deliver.message);
  read_disks();
  if (++shown_[&device][key] > letters_.at(key).commits) {
    throw Violation{"I2",
                    name_of(key) + " is shown twice by " + device.user() + "/" + device.name()};
  }
}

void MailJudge::shown_direct(const Device& device, const wire::Direct& direct) {
  ++directs_[serial_of(direct.message.body)];
  if (direct.message.to == device.user()) return;
  throw Violation{"direct", "a direct message for " + wire::Bytes(direct.message.to) +
                                " is shown to " + device.user()};
}

void MailJudge::paged(const Device& device, const wire::Page& page) {
  read_disks();
  const auto& mailbox = mailboxes_[device.user()];
  wire::Mseq last = 0;
  for (wire::BytesView entries = page.entries; !entries.empty();) {
    const auto entry = wire::next_entry(entries);
    if (!entry) throw Violation{"history", "an entry does not read"};
    if (entry->mseq <= last) throw Violation{"history", "a page does not rise"};
    last = entry->mseq;
    if (last > mailbox.size() || mailbox[last - 1].message != entry->message.raw) {
      throw Violation{"I6", "history tells what is not committed"};
    }
  }
}

void MailJudge::login_given(const wire::Bytes& user, const wire::Bytes& device,
                            wire::Sepoch sepoch) {
  wire::Sepoch& newest = newest_login_[{user, device}];
  newest = std::max(newest, sepoch);
}

void MailJudge::closed(const Socket& socket, wire::Code code) {
  const Device& device = *socket.device;
  const std::string who = device.user() + "/" + device.name();
  switch (code) {
    case wire::Code::unavailable:
    case wire::Code::draining:
    case wire::Code::revoked:
      return;
    case wire::Code::slow_consumer:
      if (socket.stalled) return;
      throw Violation{"client", who + " is cut as slow and was not"};
    case wire::Code::replaced:
      if (login_[&socket] < newest_login_[{device.user(), device.name()}]) return;
      throw Violation{"I7", who + " is told `replaced` on its newest login"};
    default:
      throw Violation{"client", who + " is closed with " + std::string(wire::to_string(code))};
  }
}

void MailJudge::given(const Socket& socket, wire::BytesView bytes) {
  const auto frame = wire::decode(bytes);
  if (!frame) throw Violation{"I6", "a client is given what is no frame"};
  switch (frame->header.kind) {
    case wire::Kind::welcome: {
      const auto welcome = wire::payload_of<wire::Welcome>(*frame);
      position_[&socket] = welcome->cursor;
      if (welcome->cursor == socket.cursor) return;
      throw Violation{"I5", "the cursor in use is not the client's"};
    }
    case wire::Kind::trimmed: {
      const auto trimmed = wire::payload_of<wire::Trimmed>(*frame);
      wire::Mseq& position = position_.at(&socket);
      if (trimmed->from <= position + 1)
        throw Violation{"I5", "`trimmed` where nothing is missing"};
      position = trimmed->from - 1;
      return;
    }
    case wire::Kind::client_refused:
      return loosen(*socket.device, *wire::payload_of<wire::ClientRefused>(*frame));
    case wire::Kind::deliver:
      return judge_delivery(socket, *wire::payload_of<wire::Deliver>(*frame));
    default:
      return;
  }
}

// The client may never hear of it, and sends it again in its old place.
void MailJudge::loosen(const Device& device, const wire::ClientRefused& refused) {
  for (auto& [key, letter] : letters_) {
    const bool meant = letter.device == &device && letter.id == refused.id;
    if (meant && key.second == refused.to) letter.loose = true;
  }
}

void MailJudge::judge_delivery(const Socket& socket, const wire::Deliver& deliver) {
  read_disks();
  const std::string what = socket.device->user() + "'s " + std::to_string(deliver.mseq);
  const auto& mailbox = mailboxes_[socket.device->user()];
  if (deliver.mseq > mailbox.size()) {
    throw Violation{"I6", what + " is delivered and not committed"};
  }
  if (mailbox[deliver.mseq - 1].message != deliver.message.raw) {
    throw Violation{"I4", what + " is delivered and committed as two different messages"};
  }
  wire::Mseq& position = position_.at(&socket);
  if (deliver.mseq != position + 1) {
    throw Violation{"I5", what + " follows " + std::to_string(position) + " on one socket"};
  }
  position = deliver.mseq;
}

// ---- the disks

void MailJudge::read_disks() {
  read_up_to_.resize(world_.ranks.size());
  for (std::size_t rank = 0; rank < world_.ranks.size(); ++rank) {
    const persistence::RecordLog& log = world_.ranks[rank].disk().log;
    while (read_up_to_[rank] < log.last()) {
      const auto view = wire::decode_record(log.at(++read_up_to_[rank]));
      TRUNKLINE_CHECK(view, "a log holds records");
      if (view->type != wire::RecordType::message) continue;
      read_record(rank, *wire::record_of<wire::MessageRecord>(*view));
    }
  }
}

void MailJudge::read_record(std::size_t rank, const wire::MessageRecord& record) {
  auto& mailbox = mailboxes_[wire::Bytes(record.owner)];
  const std::string what = wire::Bytes(record.owner) + "'s " + std::to_string(record.mseq);
  if (record.mseq != mailbox.size() + 1) {
    throw Violation{"I4", what + " is committed after " + std::to_string(mailbox.size())};
  }
  if (!mailbox.empty() && record.time_ms < mailbox.back().time_ms) {
    throw Violation{"time", what + " is older than the one before it"};
  }
  mailbox.push_back({record.message.raw, record.time_ms});
  if (wire::SlotMap::fresh(world_.plan.ranks, 0).home(record.owner) != rank) {
    throw Violation{"home", what + " is committed at a rank that is not its home"};
  }
  Written& letter = letter_of(record.message, "a log");
  if (record.owner == record.message.to) {
    judge_original(record, letter);
  } else {
    judge_copy(record, letter);
  }
}

MailJudge::Written& MailJudge::letter_of(const wire::MessageView& message, const char* where) {
  const auto found = letters_.find(key_of(message));
  if (found == letters_.end()) {
    throw Violation{"I6", std::string(where) + " holds what nobody wrote"};
  }
  const Device& device = *found->second.device;
  if (device.user() != message.from || device.name() != message.device ||
      found->second.id != message.id) {
    throw Violation{"I6", name_of(found->first) + " has changed on its way"};
  }
  return found->second;
}

void MailJudge::judge_original(const wire::MessageRecord& record, Written& letter) {
  const LetterKey key = key_of(record.message);
  Line& line = lines_[{letter.device, key.second}];
  // One that was refused for now, though an older attempt was stored, may come again when so many
  // others are behind it that nobody promised to know it.
  const bool remembered = !letter.loose || line.count - letter.turn < world_.plan.remembered;
  if (++letter.commits > 1 && remembered)
    throw Violation{"I2", name_of(key) + " is committed twice"};
  letter.turn = line.count++;
  if (letter.loose) return;
  if (letter.place < line.last_place) {
    throw Violation{"I3", name_of(key) + " is committed behind one that was written after it"};
  }
  line.last_place = letter.place;
}

void MailJudge::judge_copy(const wire::MessageRecord& record, Written& letter) {
  const LetterKey key = key_of(record.message);
  if (record.owner != record.message.from) {
    throw Violation{"home", name_of(key) + " lies in a stranger's mailbox"};
  }
  if (++letter.copies > letter.commits) throw Violation{"I2", name_of(key) + " is copied twice"};
  if (record.source_log == 0) return;  // of the same commit
  const persistence::RecordLog& source = world_.ranks[record.source_log - 1].disk().log;
  if (record.source_lsn > source.last()) {
    throw Violation{"I10", name_of(key) + " is copied from beyond the end of its log"};
  }
  const auto view = wire::decode_record(source.at(record.source_lsn));
  const auto original = wire::record_of<wire::MessageRecord>(*view);
  if (!original || original->message.raw != record.message.raw) {
    throw Violation{"I10", name_of(key) + " is copied from another record"};
  }
}

// ---- the end

wire::Mseq MailJudge::head(const wire::Bytes& user) {
  read_disks();
  return mailboxes_[user].size();
}

bool MailJudge::is_copied() {
  read_disks();
  for (const auto& [key, letter] : letters_) {
    const bool to_self = key.second == letter.device->user();
    if (letter.copies < letter.commits && !to_self) return false;
  }
  return true;
}

void MailJudge::judge_direct(std::uint64_t serial, std::size_t devices) {
  const std::size_t shown = directs_[serial];
  if (shown == devices) return;
  throw Violation{"direct", "a direct message to a live user is shown " + std::to_string(shown) +
                                " times on " + std::to_string(devices) + " devices"};
}

void MailJudge::judge_end() {
  read_disks();
  for (const auto& [key, letter] : letters_) {
    const bool exists = key.second != "nobody";
    if (!exists && letter.commits > 0) throw Violation{"I6", "nobody has a mailbox"};
    if (!letter.forgotten && exists && !letter.stored) {
      throw Violation{"quiet", name_of(key) + " was never answered"};
    }
    const bool to_self = key.second == letter.device->user();
    if (letter.copies != (to_self ? 0u : letter.commits)) {
      throw Violation{"I2", name_of(key) + " has " + std::to_string(letter.copies) + " copies"};
    }
  }
}

}  // namespace trunkline::sim
