/** What a process tells its supervisor when it ends: what then does not end in time is killed. */
export const FAREWELL = 'leaving';
