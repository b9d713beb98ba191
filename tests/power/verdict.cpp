#include "tests/power/verdict.h"

#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <stdexcept>

#include "persistence/lmdb_store.h"

namespace trunkline::power {

namespace {

constexpr char kSeparator = '\x1f';

// The stores of an image, opened and read by nobody else.
class Image {
 public:
  Image(const std::string& data, std::size_t ranks, Verdict& verdict)
      : slots_(wire::SlotMap::fresh(ranks, 0)), verdict_(verdict) {
    for (wire::RankId rank = 0; rank < ranks; ++rank) {
      persistence::LmdbConfig config;
      config.directory = data + "/rank-" + std::to_string(rank);
      config.self = rank;
      config.slots = slots_;
      config.ballast_bytes = 1;
      stores_.push_back(std::make_unique<persistence::LmdbStore>(std::move(config)));
    }
  }

  struct Found {
    std::size_t count = 0;
    std::string body;
  };
  // By owner, sender and id.
  using Mailbox = std::map<std::pair<std::string, std::string>, Found>;
  const Mailbox& mailbox(const std::string& owner) {
    const auto known = mailboxes_.find(owner);
    if (known != mailboxes_.end()) return known->second;
    return mailboxes_[owner] = read(owner);
  }
  // Whether the copy of `acked` for its sender lies in the sender's mailbox, or is still to come.
  bool has_copy(const Acked& acked) {
    if (mailbox(acked.from).count({acked.to, acked.id}) != 0) return true;
    const wire::RankId home = slots_.home(acked.to), target = slots_.home(acked.from);
    auto& pending = pending_[{home, target}];
    if (!pending) pending = read_pending(home, target);
    return pending->count({acked.to, acked.id}) != 0;
  }

 private:
  using Names = std::set<std::pair<std::string, std::string>>;

  static wire::MessageRecord decoded(const wire::Bytes& bytes) {
    return *wire::record_of<wire::MessageRecord>(*wire::decode_record(bytes));
  }

  Mailbox read(const std::string& owner) {
    Mailbox mailbox;
    wire::Loaded loaded;
    stores_[slots_.home(owner)]->load(
        {1, wire::LoadMessages{owner, 0, 1'000'000, std::size_t{1} << 30}}, loaded);
    wire::Mseq last = 0;
    for (const wire::Bytes& bytes : std::get<wire::MessagesLoaded>(loaded.what).records) {
      const wire::MessageRecord record = decoded(bytes);
      if (record.mseq != last + 1) verdict_.wrong.push_back("a hole in the mailbox of " + owner);
      last = record.mseq;
      // A copy is known by whom it went to, a message by whom it came from.
      const wire::BytesView other = record.is_own_copy() ? record.message.to : record.message.from;
      Found& found = mailbox[{std::string(other), std::string(record.message.id)}];
      found.body = std::string(record.message.body);
      if (++found.count > 1) {
        verdict_.wrong.push_back(std::string(record.message.id) + " twice with " + owner);
      }
    }
    verdict_.found += mailbox.size();
    return mailbox;
  }

  std::unique_ptr<Names> read_pending(wire::RankId home, wire::RankId target) {
    auto names = std::make_unique<Names>();
    if (home == target) return names;
    wire::Lsn position = 0;
    for (const auto& copied : stores_[home]->opened().copy_targets) {
      if (copied.target == target) position = copied.position;
    }
    // What the target has is what the target says; the source may not have heard of it.
    wire::Loaded loaded;
    stores_[home]->load({1, wire::LoadCopies{target, position, std::size_t{1} << 30}}, loaded);
    for (const wire::Bytes& bytes : std::get<wire::CopiesLoaded>(loaded.what).records) {
      const wire::MessageRecord record = decoded(bytes);
      names->emplace(std::string(record.owner), std::string(record.message.id));
    }
    return names;
  }

  const wire::SlotMap slots_;
  Verdict& verdict_;
  std::vector<std::unique_ptr<persistence::LmdbStore>> stores_;
  std::map<std::string, Mailbox> mailboxes_;
  std::map<std::pair<wire::RankId, wire::RankId>, std::unique_ptr<Names>> pending_;
};

}  // namespace

std::string to_note(const Acked& acked) {
  return acked.from + kSeparator + acked.to + kSeparator + acked.id + kSeparator + acked.body;
}

Acked from_note(const std::string& note, std::uint64_t time_ns) {
  Acked acked;
  acked.time_ns = time_ns;
  std::size_t at = 0;
  for (std::string* part : {&acked.from, &acked.to, &acked.id, &acked.body}) {
    const std::size_t end = note.find(kSeparator, at);
    *part = note.substr(at, end - at);
    at = end + 1;
  }
  return acked;
}

namespace {

Verdict judge_here(const std::string& data, std::size_t ranks, const std::vector<Acked>& acks,
                   std::uint64_t cut_ns) {
  Verdict verdict;
  try {
    Image image(data, ranks, verdict);
    for (const Acked& acked : acks) {
      if (acked.time_ns > cut_ns) continue;
      ++verdict.acked;
      const auto& mailbox = image.mailbox(acked.to);
      const auto found = mailbox.find({acked.from, acked.id});
      if (found == mailbox.end()) {
        verdict.wrong.push_back("lost: " + acked.id + " from " + acked.from + " to " + acked.to);
      } else if (found->second.body != acked.body) {
        verdict.wrong.push_back("other bytes: " + acked.id + " from " + acked.from);
      } else if (acked.from != acked.to && !image.has_copy(acked)) {
        verdict.wrong.push_back("copy lost: " + acked.id + " of " + acked.from);
      }
    }
  } catch (const std::exception& error) {
    verdict.wrong.push_back(std::string("does not open: ") + error.what());
  }
  return verdict;
}

std::string to_text(const Verdict& verdict) {
  std::string text = std::to_string(verdict.acked) + " " + std::to_string(verdict.found) + "\n";
  for (const std::string& wrong : verdict.wrong) text += wrong + "\n";
  return text + "end\n";
}

Verdict from_text(const std::string& text) {
  std::istringstream in(text);
  Verdict verdict;
  in >> verdict.acked >> verdict.found;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line) && line != "end") verdict.wrong.push_back(line);
  if (line != "end") verdict.wrong.push_back("the data ended the process that read it");
  return verdict;
}

}  // namespace

Verdict judge_image(const std::string& data, std::size_t ranks, const std::vector<Acked>& acks,
                    std::uint64_t cut_ns) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) throw std::runtime_error("no pipe");
  const pid_t pid = fork();
  if (pid == 0) {
    const std::string text = to_text(judge_here(data, ranks, acks, cut_ns));
    for (std::size_t at = 0; at < text.size();) {
      const ssize_t written = write(pipe_ends[1], text.data() + at, text.size() - at);
      if (written < 0) break;
      at += static_cast<std::size_t>(written);
    }
    _exit(0);
  }
  close(pipe_ends[1]);
  std::string text;
  char buffer[4'096];
  for (ssize_t size; (size = read(pipe_ends[0], buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(size));
  }
  close(pipe_ends[0]);
  waitpid(pid, nullptr, 0);
  return from_text(text);
}

}  // namespace trunkline::power
