// Judges what is stored, acknowledged and shown: I1 to I6 and I10, against what clients wrote and
// what the disks hold. Knows nothing of how it came about.
#pragma once

#include <map>
#include <vector>

#include "tests/sim/letter.h"
#include "wire/record.h"

namespace trunkline::sim {

class World;
class Device;
struct Socket;

class MailJudge {
 public:
  explicit MailJudge(const World& world) : world_(world) {}

  // ---- what clients do and see
  std::uint64_t next_serial() { return ++serials_; }
  void written(const Device& device, const Letter& letter);
  void placed(const Letter& letter);   // at the end of its device's line
  void refused(const LetterKey& key);  // it has left the line
  void refused_for_good(const Letter& letter, wire::Code code);
  void forgotten(const Letter& letter);
  void told_stored(const Letter& letter);
  void shown(const Device& device, const wire::Deliver& deliver);
  void shown_direct(const Device& device, const wire::Direct& direct);
  void paged(const Device& device, const wire::Page& page);
  void closed(const Socket& socket, wire::Code code);
  void committed() { read_disks(); }  // something was
  // What an edge gives to a socket.
  void given(const Socket& socket, wire::BytesView frame);
  // A home has given this login to a device; later it comes to the edge of a socket.
  void login_given(const wire::Bytes& user, const wire::Bytes& device, wire::Sepoch sepoch);
  void login_arrives(const Socket& socket, wire::Sepoch sepoch) { login_[&socket] = sepoch; }

  // ---- when all is quiet
  wire::Mseq head(const wire::Bytes& user);
  bool is_copied();  // every stored letter stands in its sender's mailbox too
  void judge_direct(std::uint64_t serial, std::size_t devices);
  void judge_end();

 private:
  struct Written {
    const Device* device = nullptr;
    wire::Bytes id;
    std::uint64_t place = 0;
    bool loose = false;  // was refused once: out of the order
    bool forgotten = false;
    bool stored = false;
    std::size_t commits = 0, copies = 0;
    std::uint64_t turn = 0;  // which of its device's messages to this receiver, when committed
  };
  struct Entry {
    wire::BytesView message;  // the block as it stands in the log
    std::int64_t time_ms = 0;
  };

  void read_disks();
  void read_record(std::size_t rank, const wire::MessageRecord& record);
  void judge_original(const wire::MessageRecord& record, Written& letter);
  void judge_copy(const wire::MessageRecord& record, Written& letter);
  Written& letter_of(const wire::MessageView& message, const char* where);
  void loosen(const Device& device, const wire::ClientRefused& refused);
  void judge_delivery(const Socket& socket, const wire::Deliver& deliver);

  const World& world_;
  std::uint64_t serials_ = 0, places_ = 0;
  std::map<LetterKey, Written> letters_;
  std::vector<wire::Lsn> read_up_to_;
  std::map<wire::Bytes, std::vector<Entry>, std::less<>> mailboxes_;
  struct Line {  // what one device has had committed by one receiver's home
    std::uint64_t last_place = 0, count = 0;
  };
  std::map<std::pair<const Device*, wire::Bytes>, Line> lines_;
  std::map<const Socket*, wire::Mseq> position_;
  std::map<const Device*, std::map<LetterKey, std::size_t>> shown_;
  std::map<std::uint64_t, std::size_t> directs_;  // how often shown
  std::map<const Socket*, wire::Sepoch> login_;
  std::map<std::pair<wire::Bytes, wire::Bytes>, wire::Sepoch> newest_login_;
};

}  // namespace trunkline::sim
