module {{cookiecutter.project_name}}

go 1.26.0

