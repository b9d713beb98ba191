// Somebody who is logged in reaches for what is somebody else's. Most of it has no refusal of its
// own: it has no effect, and the words say which one it had.
#include "tests/door/refusal.h"

namespace trunkline::tests {
namespace {

using Speaks = Caller::Speaks;

// eve is the one who tries; alice and bob have exchanged a message.
struct People {
  explicit People(Door& door)
      : alice(door.new_user("alice")), bob(door.new_user("bob")), eve(door.new_user("eve")) {}
  std::string alice, bob, eve;
};

std::string stored_text(const std::string& to, const std::string& more = {}) {
  return R"({"op":"send","id":"m","to":")" + to + R"(","body":"b")" + more + "}";
}

std::string without(std::string words, const People& people) {
  for (const auto& [name, role] :
       {std::pair{people.alice, "alice"}, {people.bob, "bob"}, {people.eve, "eve"}}) {
    for (auto at = words.find(name); at != std::string::npos; at = words.find(name)) {
      words.replace(at, name.size(), role);
    }
  }
  return words;
}

// What bob is told when eve, on her desk, has done this.
std::string told_to_bob(Door& door, Speaks eves,
                        const std::function<void(Caller& eve, const People& people)>& deed) {
  const People people(door);
  Caller bob = door.stranger(Speaks::bin), eve = door.stranger(eves);
  bob.log_in(people.bob);
  eve.log_in(people.eve, "desk");
  deed(eve, people);
  return without(bob.told(), people);
}

void add_spoofs(std::vector<Refusal>& all) {
  all.push_back(
      {"identity", "from, device and sepoch of somebody else, in a frame",
       [](Door& door) {
         return told_to_bob(door, Speaks::bin, [](Caller& eve, const People& people) {
           const wire::MessageView forged{
               wire::MessageClass::stored, people.alice, "phone", people.bob, "m", "b", {}};
           eve.say_frame(wire::encoded({}, wire::Send{1, 1, forged}));
         });
       },
       "message eve desk b"});
  all.push_back({"identity", "the address of another session, in a frame",
                 [](Door& door) {
                   const People people(door);
                   Caller bob = door.stranger(Speaks::bin), eve = door.stranger(Speaks::bin);
                   bob.log_in(people.bob);
                   eve.log_in(people.eve, "desk");
                   const wire::MessageView hers{
                       wire::MessageClass::stored, {}, {}, people.eve, "m", "b", {}};
                   for (wire::SessionId session = 1; session < 20; ++session) {
                     wire::FrameHeader header;
                     header.address = {0, 1, session};
                     eve.say_frame(wire::encoded(header, wire::Send{0, 0, hers}));
                   }
                   eve.say_frame(wire::encoded({}, wire::Bye{}));
                   bob.say_frame(wire::encoded({}, wire::Bye{}));
                   const std::string answers = eve.ending();
                   return (answers.find("stored, stored") == 0 ? "hers, " : answers) + bob.ending();
                 },
                 "hers, close 1000"});
  all.push_back(
      {"identity", "flags that only ranks set",
       [](Door& door) {
         return told_to_bob(door, Speaks::bin, [](Caller& eve, const People& people) {
           const wire::MessageView forged{
               wire::MessageClass::direct, people.alice, "phone", people.bob, "m", "b", {}};
           wire::FrameHeader header;
           header.flags = wire::kByHint | wire::kFromHome | wire::kDetoured;
           eve.say_frame(wire::encoded(header, wire::Direct{1, forged}));
         });
       },
       "message eve desk b"});
  all.push_back({"identity", "from, device, mseq and time of somebody else, in JSON",
                 [](Door& door) {
                   return told_to_bob(door, Speaks::json, [](Caller& eve, const People& people) {
                     eve.say_text(stored_text(
                         people.bob, R"(,"from":")" + people.alice +
                                         R"(","device":"phone","sepoch":1,"mseq":99,"time":"x")"));
                   });
                 },
                 "message eve desk b"});
  all.push_back({"identity", "a user's name in other letters",
                 [](Door& door) {
                   const People people(door);
                   Caller eve = door.stranger();
                   eve.log_in(people.eve);
                   eve.say_text(stored_text("A" + people.alice.substr(1)));
                   return eve.answer();
                 },
                 "refused no_such_user"});
}

void add_histories(std::vector<Refusal>& all) {
  const auto talked = [](Door& door, const People& people) {
    Caller alice = door.stranger();
    alice.log_in(people.alice);
    alice.say_text(stored_text(people.bob));
    alice.answer();
  };
  all.push_back({"identity", "the history of two others",
                 [=](Door& door) {
                   const People people(door);
                   talked(door, people);
                   Caller eve = door.stranger();
                   eve.log_in(people.eve);
                   std::string answers;
                   for (const std::string& with : {people.alice, people.bob}) {
                     eve.say_text(R"({"op":"history","with":")" + with + R"("})");
                     answers += eve.answer() + " ";
                   }
                   return answers;
                 },
                 "history 0 history 0 "});
  all.push_back({"identity", "the history of somebody else, by his name",
                 [=](Door& door) {
                   const People people(door);
                   talked(door, people);
                   Caller eve = door.stranger();
                   eve.log_in(people.eve);
                   eve.say_text(R"({"op":"history","user":")" + people.alice +
                                R"(","mailbox":"1","from":")" + people.alice + R"("})");
                   return eve.answer();
                 },
                 "history 0"});
  all.push_back({"identity", "the messages that wait for somebody else's device",
                 [=](Door& door) {
                   const People people(door);
                   talked(door, people);
                   Caller eve = door.stranger();
                   eve.log_in(people.eve, "phone");
                   eve.say_text(R"({"op":"received","mseq":1})");
                   eve.say_text(R"({"op":"ping","id":"p"})");
                   const std::string nothing = eve.told();
                   Caller bob = door.stranger(Speaks::bin);
                   bob.log_in(people.bob, "phone");
                   return nothing + ", " + without(bob.told(), people);
                 },
                 "pong, message alice phone b"});
}

void add_sessions(std::vector<Refusal>& all) {
  const auto ended_by = [](const std::string& name, std::function<void(Door&, const People&)> what,
                           const std::string& expected) {
    return Refusal{"identity", name,
                   [=](Door& door) {
                     const People people(door);
                     Caller alice = door.stranger();
                     alice.log_in(people.alice);
                     what(door, people);
                     return alice.ending();
                   },
                   expected};
  };
  all.push_back(ended_by(
      "a session whose user is disabled",
      [](Door& door, const People& people) { door.cluster().admin().disable(people.alice); },
      "error revoked, close 4003"));
  all.push_back(ended_by(
      "a session whose password is changed",
      [](Door& door, const People& people) {
        door.cluster().admin().set_password(people.alice, "new", wire::kIterationsDemo);
      },
      "error revoked, close 4003"));
  all.push_back(ended_by(
      "a session whose device logs in again",
      [](Door& door, const People& people) { door.stranger().log_in(people.alice); },
      "error replaced, close 4001"));
  all.push_back({"identity", "a session replaced by somebody else with its device's name",
                 [](Door& door) {
                   const People people(door);
                   Caller alice = door.stranger(), eve = door.stranger();
                   alice.log_in(people.alice);
                   eve.log_in(people.eve);
                   alice.say_text(R"({"op":"ping","id":"p"})");
                   return alice.told();
                 },
                 "pong"});
  for (const char* message_class : {"stored", "direct"}) {
    all.push_back({"identity", std::string("a receiver who is not there, ") + message_class,
                   [=](Door& door) {
                     Caller eve = door.stranger();
                     eve.log_in(door.new_user("eve"));
                     eve.say_text(stored_text(
                         "nobody", std::string(R"(,"class":")") + message_class + R"(")"));
                     return eve.answer();
                   },
                   "refused no_such_user"});
  }
}

}  // namespace

std::vector<Refusal> identity_refusals() {
  std::vector<Refusal> all;
  add_spoofs(all);
  add_histories(all);
  add_sessions(all);
  return all;
}

}  // namespace trunkline::tests
