-- A project's profile turns checks off or gives them another severity, too.

COMMENT ON COLUMN projects.mqm_profile IS
    'Weights of error types that differ from 1, by dimension; checks that are off or of another severity.';
