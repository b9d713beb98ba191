#include "tests/cluster/ledger.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <stdexcept>
#include <unordered_map>

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

void Ledger::sent(std::string_view id) {
  write("sent " + std::string(id) + "\n");
}
void Ledger::stored(std::string_view id) {
  write("stored " + std::string(id) + "\n");
}
void Ledger::shown(std::uint64_t mseq, std::string_view from, std::string_view id) {
  write("shown " + std::to_string(mseq) + " " + std::string(from) + " " + std::string(id) + "\n");
}

void Ledger::mailbox(std::string_view id) {
  write("mailbox " + std::string(id) + "\n");
}

Remembered remember(const std::string& ledger) {
  Remembered all;
  std::vector<std::string> sent;
  std::set<std::string> stored;
  std::ifstream in(ledger);
  for (std::string what, id, from; in >> what;) {
    if (what == "shown") {
      in >> all.cursor >> from >> id;
    } else if (what == "mailbox") {
      in >> all.mailbox;
    } else if (in >> id; what == "sent") {
      sent.push_back(id);
    } else {
      stored.insert(id);
    }
  }
  all.sent = sent.size();
  all.stored = stored.size();
  std::copy_if(sent.begin(), sent.end(), std::back_inserter(all.unanswered),
               [&](const std::string& id) { return !stored.contains(id); });
  return all;
}

Verdict judge(const std::string& sender_ledger, const std::string& receiver_ledger,
              const std::string& sender) {
  Verdict verdict;
  std::unordered_map<std::string, std::size_t> place;  // of an id in the order of sending
  std::set<std::string> stored;
  std::ifstream sending(sender_ledger);
  for (std::string what, id; sending >> what;) {
    if (what ==
        "shown") {  // the sender's own copies are judged by their numbers at the receiver's turn
      std::string mseq, from;
      sending >> mseq >> from >> id;
      continue;
    }
    sending >> id;
    if (what == "sent") place.emplace(id, place.size());
    if (what == "stored") stored.insert(id);
  }
  std::set<std::string> shown;
  std::uint64_t last_mseq = 0;
  std::size_t next_place = 0;
  std::ifstream receiving(receiver_ledger);
  for (std::string what; receiving >> what;) {
    std::string id, from;
    if (what != "shown") {
      receiving >> id;
      continue;
    }
    std::uint64_t mseq = 0;
    receiving >> mseq >> from >> id;
    if (mseq != last_mseq + 1) ++verdict.holes;
    last_mseq = mseq;
    if (from != sender) continue;
    ++verdict.shown;
    if (!shown.insert(id).second) {
      ++verdict.shown_twice;
      continue;
    }
    const auto found = place.find(id);
    if (found == place.end()) {
      ++verdict.never_sent;
      continue;
    }
    if (found->second < next_place) ++verdict.out_of_order;
    next_place = found->second + 1;
  }
  verdict.sent = place.size();
  verdict.stored = stored.size();
  verdict.unanswered = place.size() - stored.size();
  for (const std::string& id : stored) verdict.acked_lost += shown.count(id) == 0;
  return verdict;
}

Verdict& Verdict::operator+=(const Verdict& other) {
  sent += other.sent;
  stored += other.stored;
  shown += other.shown;
  acked_lost += other.acked_lost;
  shown_twice += other.shown_twice;
  out_of_order += other.out_of_order;
  holes += other.holes;
  never_sent += other.never_sent;
  unanswered += other.unanswered;
  return *this;
}

std::string to_string(const Verdict& verdict) {
  const auto count = [](std::size_t number) { return std::to_string(number); };
  return count(verdict.stored) + " stored, acked lost " + count(verdict.acked_lost) +
         ", shown twice " + count(verdict.shown_twice) + ", out of order " +
         count(verdict.out_of_order) + ", holes " + count(verdict.holes) + ", never sent " +
         count(verdict.never_sent) + ", unanswered " + count(verdict.unanswered);
}

}  // namespace trunkline::tests
