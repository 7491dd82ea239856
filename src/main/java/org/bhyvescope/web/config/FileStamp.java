package org.bhyvescope.web.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/**
 * Tells whether files have changed, for the price of a stat(2) each. Inode, size and time of change: a file that was written anew, one that
 * was renamed into place, and a link that leads elsewhere all show.
 */
public record FileStamp(List<String> marks) {
    public FileStamp {
        marks = List.copyOf(marks);
    }

    /** How they are now; a file that is not there is a state, too. */
    public static FileStamp of(List<Path> files) {
        return new FileStamp(files.stream().map(FileStamp::mark).toList());
    }

    private static String mark(Path file) {
        try {
            BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
            return found.fileKey() + " " + found.size() + " " + found.lastModifiedTime();
        } catch (IOException e) {
            return e.getClass().getName();
        }
    }
}
