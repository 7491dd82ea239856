package org.bhyvescope.libc;

import java.util.function.Function;

/** What came of asking the kernel about processes. */
public sealed interface ProcessAnswer<T> {
    /** It told. */
    record Got<T>(T value) implements ProcessAnswer<T> {}

    /** There is no such process, or it may not be seen: the kernel tells the two not apart (ESRCH). */
    record Gone<T>() implements ProcessAnswer<T> {}

    /** It cannot be asked, or what it answers is not understood. */
    record Failed<T>(String detail) implements ProcessAnswer<T> {}

    /** Something else made of what it told. */
    default <R> ProcessAnswer<R> map(Function<T, R> function) {
        if (this instanceof Got<T> got) {
            return new Got<>(function.apply(got.value()));
        }
        return this instanceof Failed<T> failed ? new Failed<>(failed.detail()) : new Gone<>();
    }
}
