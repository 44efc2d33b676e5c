#include <algorithm>
#include <array>

#include "read/quipper.h"
#include "read/quipper_cursor.h"

namespace ionsim::quipper {
namespace {

struct Word {
    std::string_view text;
    LineKind kind;
    bool classical = false;
    bool value = false;
    std::string_view gate = {};  // that an old spelling means
    bool asserted = true;
};

constexpr std::array<Word, 27> kWords = {{
    {"QGate", LineKind::kGate},
    {"QRot", LineKind::kRotation},
    {"GPhase", LineKind::kPhase},
    {"CNot", LineKind::kClassicalNot},
    {"CGate", LineKind::kClassicalGate},
    {"CSwap", LineKind::kClassicalSwap},
    {"QPrep", LineKind::kConvert, false},
    {"QUnprep", LineKind::kConvert, true},
    {"QInit0", LineKind::kInit, false, false},
    {"QInit1", LineKind::kInit, false, true},
    {"CInit0", LineKind::kInit, true, false},
    {"CInit1", LineKind::kInit, true, true},
    {"QTerm0", LineKind::kTerm, false, false},
    {"QTerm1", LineKind::kTerm, false, true},
    {"CTerm0", LineKind::kTerm, true, false},
    {"CTerm1", LineKind::kTerm, true, true},
    {"DTerm0", LineKind::kTerm, true, false, {}, false},
    {"DTerm1", LineKind::kTerm, true, true, {}, false},
    {"QMeas", LineKind::kMeasure},
    {"QDiscard", LineKind::kDiscard, false},
    {"CDiscard", LineKind::kDiscard, true},
    {"Subroutine", LineKind::kCall},
    {"QNot", LineKind::kGate, false, false, "not"},
    {"QMultinot", LineKind::kGate, false, false, "multinot"},
    {"QHad", LineKind::kGate, false, false, "H"},
    {"QSwap", LineKind::kGate, false, false, "swap"},
    {"QW", LineKind::kGate, false, false, "W"},
}};

class Parser {
  public:
    Parser(std::string_view text, TextProblems& problems) : text_(text), problems_(problems) {}

    std::vector<Circuit> run() {
        while (!problems_.full() && next_line()) {
            try {
                take_line();
            } catch (const Refusal& refusal) {
                problems_.add(refusal);
            }
        }
        if (problems_.empty() && (circuits_.empty() || !complete_)) {
            problems_.add(
                {text_.size(),
                 circuits_.empty() ? "no circuit came" : "the last circuit has no outputs",
                 circuits_.empty() ? "Inputs: and the wires" : "Outputs: and the wires"});
        }
        return std::move(circuits_);
    }

  private:
    bool next_line() {
        if (begin_ >= text_.size()) return false;
        const std::size_t end = std::min(text_.find('\n', begin_), text_.size());
        line_ = text_.substr(begin_, end - begin_);
        offset_ = begin_;
        begin_ = end + 1;
        return true;
    }

    void take_line() {
        Cursor cursor(line_, offset_);
        if (cursor.at_end() || cursor.accept("#")) return;
        const std::size_t offset = cursor.offset();
        if (cursor.accept("Inputs:")) {
            if (!circuits_.empty() && complete_ && !headed_) {
                throw Refusal{offset, "a second circuit needs a head",
                              "Subroutine:, Shape: and Controllable: before its inputs"};
            }
            if (circuits_.empty()) circuits_.emplace_back();
            circuits_.back().inputs = arity(cursor);
            complete_ = false;
            headed_ = false;
            open_ = true;
            return;
        }
        if (cursor.accept("Outputs:")) {
            if (!open_) throw Refusal{offset, "outputs without inputs", "Inputs: before"};
            circuits_.back().outputs = arity(cursor);
            complete_ = true;
            open_ = false;
            return;
        }
        if (!open_ && !circuits_.empty() && head(cursor, offset)) return;
        if (!open_) {
            throw Refusal{offset, "a line outside a circuit", "Inputs: before it, Outputs: behind"};
        }
        Line line = gate(cursor);
        if (!cursor.at_end()) cursor.refuse("something is left at the end of the line", "nothing");
        if (line.kind != LineKind::kNothing) circuits_.back().lines.push_back(std::move(line));
    }

    // The head of a subroutine.
    bool head(Cursor& cursor, std::size_t offset) {
        if (cursor.accept("Subroutine:")) {
            Circuit& added = circuits_.emplace_back();
            added.name = cursor.text(true);
            added.offset = offset;
            headed_ = true;
            complete_ = false;
            return true;
        }
        if (cursor.accept("Shape:")) {
            circuits_.back().shape = cursor.text(true);
            return true;
        }
        return cursor.accept("Controllable:");
    }

    std::vector<Wire> arity(Cursor& cursor) {
        std::vector<Wire> found;
        if (cursor.accept("none")) return found;
        while (!cursor.at_end()) {
            Wire wire;
            wire.number = cursor.wire();
            cursor.expect(":");
            if (cursor.accept("Cbit")) {
                wire.classical = true;
            } else if (!cursor.accept("Qbit")) {
                cursor.refuse("not a type of wire", "Qbit or Cbit");
            }
            found.push_back(wire);
            if (!cursor.accept(",")) break;  // old files have one at the end too
        }
        if (!cursor.at_end()) cursor.refuse("not a list of wires", "0:Qbit, 1:Cbit or none");
        return found;
    }

    Line gate(Cursor& cursor) {
        Line line;
        line.offset = cursor.offset();
        if (cursor.accept("Comment[")) {
            cursor.skip();  // the rest of the line is for people
            return line;
        }
        const std::string_view word = cursor.word();
        const Word* found = nullptr;
        for (const Word& each : kWords) {
            if (each.text == word) found = &each;
        }
        if (found == nullptr) {
            throw Refusal{
                line.offset,
                "no such gate",
                "QGate, QRot, GPhase, CNot, CGate, CSwap, QPrep, QUnprep, QInit0, QTerm0, "
                "CInit0, CTerm0, QMeas, QDiscard, CDiscard, DTerm0, Subroutine, Comment",
                {},
                kUnsupportedGate};
        }
        line.kind = found->kind;
        line.classical = found->classical;
        line.value = found->value;
        line.asserted = found->asserted;
        line.name = found->gate;
        switch (line.kind) {
            case LineKind::kGate:
            case LineKind::kRotation:
            case LineKind::kClassicalGate:
                if (line.name.empty()) {
                    cursor.expect("[");
                    line.name = cursor.text();
                    if (line.kind == LineKind::kRotation) {
                        cursor.expect(",");
                        line.number = cursor.number();
                    }
                    cursor.expect("]");
                }
                line.inverse = cursor.accept("*");
                break;
            case LineKind::kCall:
                call(cursor, line);
                return line;
            default:
                break;
        }
        cursor.expect("(");
        line.wires = cursor.wires(")");
        if (line.kind == LineKind::kPhase) {
            cursor.expect("with");
            cursor.expect("t");
            cursor.expect("=");
            line.number = cursor.number();
        }
        if (cursor.accept(";")) general_controls(cursor);
        endings(cursor, line);
        return line;
    }

    // A gate that is known changes all the wires it names.
    void general_controls(Cursor& cursor) {
        const std::size_t offset = cursor.offset();
        cursor.expect("[");
        if (!cursor.wires("]").empty()) {
            throw Refusal{offset, "wires that the gate does not change are not supported",
                          "with controls=[...]"};
        }
    }

    void call(Cursor& cursor, Line& line) {
        if (cursor.accept("(")) {
            cursor.expect("x");
            line.repeat = cursor.count();
            cursor.expect(")");
        }
        cursor.expect("[");
        line.name = cursor.text();
        if (cursor.accept(",")) {
            cursor.expect("shape");
            line.shape = cursor.text();
        }
        cursor.expect("]");
        line.inverse = cursor.accept("*");
        cursor.expect("(");
        line.wires = cursor.wires(")");
        cursor.expect("->");
        cursor.expect("(");
        line.outputs = cursor.wires(")");
        endings(cursor, line);
    }

    void endings(Cursor& cursor, Line& line) {
        while (cursor.accept("with")) {
            if (cursor.accept("nocontrol")) {
                line.no_control = true;
            } else if (cursor.accept("anchors")) {
                cursor.expect("=");
                cursor.expect("[");
                cursor.wires("]");
            } else {
                cursor.expect("controls");
                cursor.expect("=");
                cursor.expect("[");
                while (!cursor.accept("]")) {
                    Control control;
                    control.negative = cursor.accept("-");
                    if (!control.negative) cursor.accept("+");
                    control.wire = cursor.wire();
                    cursor.accept("c");
                    line.controls.push_back(control);
                    if (!cursor.accept(",")) {
                        cursor.expect("]");
                        break;
                    }
                }
            }
        }
    }

    std::string_view text_;
    TextProblems& problems_;
    std::vector<Circuit> circuits_;
    std::size_t begin_ = 0;   // of the next line
    std::size_t offset_ = 0;  // of this one
    std::string_view line_;
    bool open_ = false;      // between inputs and outputs
    bool complete_ = false;  // the last circuit has outputs
    bool headed_ = false;    // the head of a subroutine came, its inputs not yet
};

}  // namespace

std::vector<Circuit> parse(std::string_view text, TextProblems& problems) {
    return Parser(text, problems).run();
}

void read(std::string_view text, FlowBuilder& builder, TextProblems& problems) {
    const std::vector<Circuit> circuits = parse(text, problems);
    if (problems.empty()) expand(circuits, builder);
}

}  // namespace ionsim::quipper
