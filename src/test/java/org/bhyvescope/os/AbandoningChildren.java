package org.bhyvescope.os;

import java.util.function.Predicate;

/** A runner whose children are real, but for those of certain commands, which cannot be killed until they are let go. */
public final class AbandoningChildren {
    private final Unkillable process = new Unkillable();
    private final Children children;

    /** @param unkillable which commands' children */
    public AbandoningChildren(Predicate<Command> unkillable) {
        this.children = new Children(
                System::nanoTime,
                100_000,
                command -> unkillable.test(command) ? process : new ProcessBuilder(command.argv()).start());
    }

    public Children children() {
        return children;
    }

    /** From now on they are gone. */
    public void letGo() {
        process.gone = true;
    }
}
