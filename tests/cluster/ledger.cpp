#include "tests/cluster/ledger.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>

namespace trunkline::tests {

Ledger::Ledger(const std::string& path)
    : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
  if (file_ < 0) throw std::runtime_error("cannot write " + path);
}

Ledger::~Ledger() {
  ::close(file_);
}

void Ledger::write(const std::string& line) {
  if (::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
    throw std::runtime_error("a ledger cannot be written");
  }
}

void Ledger::sent(std::string_view id, std::string_view to) {
  write("sent " + std::string(id) + " " + std::string(to) + "\n");
}
void Ledger::stored(std::string_view id) {
  write("stored " + std::string(id) + "\n");
}
void Ledger::refused(std::string_view id, bool may_retry) {
  write((may_retry ? "put_off " : "refused ") + std::string(id) + "\n");
}
void Ledger::shown(std::uint64_t mseq, std::string_view from, std::string_view to,
                   std::string_view id) {
  write("shown " + std::string(id) + " " + std::to_string(mseq) + " " + std::string(from) + " " +
        std::string(to) + "\n");
}
void Ledger::mailbox(std::string_view id) {
  write("mailbox " + std::string(id) + "\n");
}

namespace {

struct Line {
  std::string what, id, from, to;
  std::uint64_t mseq = 0;
};

template <class Take>
void read_lines(const std::string& path, Take take) {
  std::ifstream in(path);
  for (std::string text; std::getline(in, text);) {
    std::istringstream words(text);
    Line line;
    words >> line.what >> line.id;
    if (line.what == "sent") words >> line.to;
    if (line.what == "shown") words >> line.mseq >> line.from >> line.to;
    take(line);
  }
}

// What became of a message, by its sender's ledger.
struct Sent {
  std::string to;
  std::size_t place = 0;  // among all of its sender
  bool stored = false, refused = false;
  bool loose = false;  // was refused for now: out of the order
};
using SentBy = std::map<std::string, Sent>;  // by id

SentBy read_sent(const std::string& path) {
  SentBy all;
  read_lines(path, [&](const Line& line) {
    if (line.what == "sent") all.emplace(line.id, Sent{line.to, all.size()});
    if (line.what == "stored") all[line.id].stored = true;
    if (line.what == "refused") all[line.id].refused = true;
    if (line.what == "put_off") all[line.id].loose = true;
  });
  return all;
}

class Judge {
 public:
  explicit Judge(const std::vector<LedgerOf>& ledgers) {
    for (const auto& [user, path] : ledgers) sent_[user] = read_sent(path);
    for (const auto& [user, path] : ledgers) read_shown(user, path);
    for (const auto& [user, messages] : sent_) {
      for (const auto& [id, message] : messages) judge_end(user, id, message);
    }
  }
  Verdict verdict;

 private:
  using Key = std::pair<std::string, std::string>;  // sender, id

  void wrong(std::size_t& count, const std::string& what) {
    ++count;
    if (verdict.first.empty()) verdict.first = what;
  }

  void read_shown(const std::string& reader, const std::string& path) {
    std::uint64_t last = 0;
    std::map<Key, std::size_t> next_place;  // of a sender and receiver
    read_lines(path, [&](const Line& line) {
      if (line.what != "shown") return;
      const std::string what = line.id + " of " + line.from + ", shown to " + reader + " as " +
                               std::to_string(line.mseq);
      if (line.mseq != last + 1) {
        wrong(verdict.holes, what + ", follows " + std::to_string(last));
      }
      last = line.mseq;
      judge_shown(reader, line, what, next_place[{line.from, line.to}]);
    });
  }

  void judge_shown(const std::string& reader, const Line& line, const std::string& what,
                   std::size_t& next_place) {
    if (reader != line.from && reader != line.to) {
      wrong(verdict.misdirected, what + ", was for " + line.to);
    }
    if (!shown_[reader].insert({line.from, line.id}).second) {
      return wrong(verdict.shown_twice, what + ", was shown before");
    }
    const SentBy& messages = sent_[line.from];
    const auto found = messages.find(line.id);
    if (found == messages.end() || found->second.to != line.to) {
      return wrong(verdict.never_sent, what + ", was never sent to " + line.to);
    }
    if (found->second.refused) wrong(verdict.refused_shown, what + ", was refused");
    if (found->second.loose) return;
    if (found->second.place < next_place) wrong(verdict.out_of_order, what + ", comes late");
    next_place = found->second.place + 1;
  }

  void judge_end(const std::string& user, const std::string& id, const Sent& message) {
    const std::string what = id + " of " + user + " to " + message.to;
    ++verdict.sent;
    verdict.stored += message.stored;
    verdict.refused += message.refused;
    if (!message.stored && !message.refused) wrong(verdict.unanswered, what + " has no answer");
    if (!message.stored) return;
    for (const std::string& reader : {message.to, user}) {
      if (!shown_[reader].contains({user, id})) {
        wrong(verdict.acked_lost, what + " is stored and was not shown to " + reader);
      }
    }
  }

  std::map<std::string, SentBy> sent_;
  std::map<std::string, std::set<Key>> shown_;  // by reader
};

}  // namespace

Remembered remember(const std::string& ledger) {
  Remembered all;
  std::set<std::string> answered;
  read_lines(ledger, [&](const Line& line) {
    if (line.what == "sent") all.sent.push_back({line.id, line.to});
    if (line.what == "stored") ++all.stored;
    if (line.what == "stored" || line.what == "refused") answered.insert(line.id);
    if (line.what == "shown") all.cursor = line.mseq;
    if (line.what == "mailbox") all.mailbox = line.id;
  });
  for (const Remembered::Message& message : all.sent) {
    if (!answered.contains(message.id)) all.unanswered.push_back(message);
  }
  return all;
}

Verdict judge(const std::vector<LedgerOf>& ledgers) {
  return Judge(ledgers).verdict;
}

std::string to_string(const Verdict& verdict) {
  const auto count = [](std::size_t number) { return std::to_string(number); };
  return count(verdict.stored) + " stored, " + count(verdict.refused) +
         " refused for good; acked lost " + count(verdict.acked_lost) + ", shown twice " +
         count(verdict.shown_twice) + ", out of order " + count(verdict.out_of_order) + ", holes " +
         count(verdict.holes) + ", never sent " + count(verdict.never_sent) + ", misdirected " +
         count(verdict.misdirected) + ", refused and shown " + count(verdict.refused_shown) +
         ", unanswered " + count(verdict.unanswered) +
         (verdict.first.empty() ? "" : "; first: " + verdict.first);
}

}  // namespace trunkline::tests
